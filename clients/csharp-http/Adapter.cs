// C# without an SDK: HttpClient, and the lines of an event stream as they come.

using System;
using System.Collections.Generic;
using System.IO;
using System.Json;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

static class Adapter
{
    sealed class Unsupported : Exception
    {
        public Unsupported(string what) : base(what) { }
    }

    sealed class Refused : Exception
    {
        public readonly int Status;
        public Refused(int status, string body) : base(status + ": " + body) { Status = status; }
    }

    /// <summary>What came is not what was asked for.</summary>
    sealed class Unreadable : Exception
    {
        public Unreadable(string why, string what) : base(why + ": " + what.Substring(0, Math.Min(what.Length, 300))) { }
    }

    sealed class Caller
    {
        readonly string name;
        public Caller(string name) { this.name = name; }

        public void Say(string type, JsonObject values = null)
        {
            var line = values ?? new JsonObject();
            line["type"] = type;
            line["case"] = name;
            Write(line);
        }

        public void Piece(string type, JsonValue text)
        {
            if (Text(text) != null) Say(type, new JsonObject { { "text", text } });
        }
    }

    static readonly HttpClient Client = new HttpClient();
    static StreamWriter output;

    static void Write(JsonObject line)
    {
        output.Write(line.ToString() + "\n");
        output.Flush();
    }

    static JsonValue At(JsonValue value, params string[] names)
    {
        foreach (var name in names)
        {
            var members = value as JsonObject;
            if (members == null || !members.ContainsKey(name)) return null;
            value = members[name];
        }
        return value;
    }

    static void Copy(JsonObject into, string name, JsonValue value)
    {
        if (value != null) into[name] = value;
    }

    static JsonValue Text(JsonValue value)
    {
        return value != null && value.JsonType == JsonType.String ? value : null;
    }

    static JsonValue Number(JsonValue value)
    {
        return value != null && value.JsonType == JsonType.Number ? value : null;
    }

    static void Note(JsonValue happened, Caller caller)
    {
        var message = At(happened, "delta", "message");
        switch ((string)happened["type"])
        {
            case "content-start":
            case "content-delta":
                caller.Piece("text", At(message, "content", "text"));
                caller.Piece("thinking", At(message, "content", "thinking"));
                break;
            case "tool-plan-delta":
                caller.Piece("tool_plan", At(message, "tool_plan"));
                break;
            case "tool-call-start":
            case "tool-call-delta":
                var called = At(message, "tool_calls");
                var call = new JsonObject { { "index", At(happened, "index") ?? 0 } };
                Copy(call, "id", Text(At(called, "id")));
                Copy(call, "name", Text(At(called, "function", "name")));
                Copy(call, "arguments", Text(At(called, "function", "arguments")));
                caller.Say("tool_call", call);
                break;
            case "citation-start":
                var cited = At(message, "citations");
                var citation = new JsonObject();
                foreach (var name in new[] { "start", "end", "text" }) Copy(citation, name, At(cited, name));
                var ids = new JsonArray();
                foreach (var source in At(cited, "sources") as JsonArray ?? new JsonArray())
                    if (At(source, "id") != null) ids.Add(At(source, "id"));
                citation["sources"] = ids;
                caller.Say("citation", citation);
                break;
            case "message-end":
                var reason = Text(At(happened, "delta", "finish_reason"));
                var said = Text(At(happened, "delta", "error"));
                if (reason != null) caller.Say("finish", new JsonObject { { "reason", reason } });
                if (said != null)
                    caller.Say("error", new JsonObject { { "class", "message-end" }, { "message", said } });
                var usage = At(happened, "delta", "usage");
                var tokens = At(usage, "tokens") ?? At(usage, "billed_units");
                var counts = new JsonObject();
                Copy(counts, "input_tokens", Number(At(tokens, "input_tokens")));
                Copy(counts, "output_tokens", Number(At(tokens, "output_tokens")));
                Copy(counts, "cached_tokens", Number(At(usage, "cached_tokens")));
                if (counts.Count > 0) caller.Say("usage", counts);
                break;
        }
    }

    static async Task Call(JsonValue asked, Caller caller)
    {
        string endpoint = At(asked, "endpoint");
        if (endpoint != "chat" && endpoint != "rerank") throw new Unsupported("endpoint " + endpoint);
        var url = (string)asked["base_url"] + "/v2/" + endpoint;
        var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", asked["api_key"]);
        request.Content = new StringContent(asked["request"].ToString(), new UTF8Encoding(false), "application/json");
        using (var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            if ((int)response.StatusCode != 200)
                throw new Refused((int)response.StatusCode, await response.Content.ReadAsStringAsync());
            var type = response.Content.Headers.ContentType;
            if (endpoint == "rerank")
                Rank(await response.Content.ReadAsStringAsync(), caller);
            else if (type == null || type.MediaType.ToLowerInvariant() != "text/event-stream")
                throw new Unreadable("no event stream", await response.Content.ReadAsStringAsync());
            else
                await Read(await response.Content.ReadAsStreamAsync(), caller);
        }
    }

    static void Rank(string body, Caller caller)
    {
        var results = At(JsonValue.Parse(body), "results") as JsonArray;
        if (results == null) throw new Unreadable("no ranking", body);
        var rows = new JsonArray();
        foreach (var row in results)
        {
            var index = Number(At(row, "index"));
            var score = Number(At(row, "relevance_score"));
            if (index == null || score == null || (double)index % 1 != 0)
                throw new Unreadable("a result without an index or a score", body);
            rows.Add(new JsonObject { { "index", index }, { "relevance_score", score } });
        }
        caller.Say("results", new JsonObject { { "results", rows } });
    }

    static async Task Read(Stream body, Caller caller)
    {
        var lines = new StreamReader(body, new UTF8Encoding(false));
        var data = new List<string>();
        string line;
        while ((line = await lines.ReadLineAsync()) != null)
        {
            if (line == "data" || line.StartsWith("data:", StringComparison.Ordinal))
            {
                var value = line.Substring(Math.Min(line.Length, 5));
                data.Add(value.StartsWith(" ", StringComparison.Ordinal) ? value.Substring(1) : value);
            }
            else if (line == "" && data.Count > 0)
            {
                if (Event(string.Join("\n", data), caller)) return;
                data.Clear();
            }
        }
        throw new EndOfStreamException("the stream ended without message-end");
    }

    /// <summary>Whether this was the last event.</summary>
    static bool Event(string data, Caller caller)
    {
        var happened = JsonValue.Parse(data);
        var type = Text(At(happened, "type"));
        if (type == null || type == "error") throw new Unreadable("no event", data);
        Note(happened, caller);
        return type == "message-end";
    }

    static void One(string text)
    {
        JsonValue asked;
        try { asked = JsonValue.Parse(text); }
        catch (Exception error) { asked = new JsonObject { { "case", "" }, { "endpoint", "no case: " + error.Message } }; }
        var caller = new Caller(At(asked, "case") ?? "");
        try { Call(asked, caller).GetAwaiter().GetResult(); }
        catch (Unsupported why) { caller.Say("unsupported", new JsonObject { { "what", why.Message } }); }
        catch (Exception error)
        {
            var said = error.InnerException == null ? error.Message : error.Message + ": " + error.InnerException.Message;
            var line = new JsonObject { { "class", error.GetType().Name }, { "message", said } };
            if (error is Refused) line["status"] = ((Refused)error).Status;
            caller.Say("error", line);
        }
        caller.Say("end");
    }

    static void Main()
    {
        output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        var endpoints = new JsonArray { "chat", "rerank" };
        var surfaces = new JsonArray
        {
            "text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "cached_tokens",
            "error", "results",
        };
        Write(new JsonObject
        {
            { "type", "hello" }, { "protocol", 1 }, { "client", "HttpClient" },
            { "version", typeof(HttpClient).Assembly.GetName().Version.ToString() },
            { "language", "C# on mono " + Environment.Version },
            { "endpoints", endpoints }, { "surfaces", surfaces },
        });
        var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        string text;
        while ((text = input.ReadLine()) != null) One(text);
    }
}
