// C# without an SDK: HttpClient, and the lines of the body as they come.

using System;
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
            if (text == null) return;
            if (text.JsonType != JsonType.String) throw new FormatException("a text that is none");
            Say(type, new JsonObject { { "text", text } });
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

    static JsonValue Number(JsonValue value)
    {
        return value != null && value.JsonType == JsonType.Number ? value : null;
    }

    static void Note(JsonValue happened, Caller caller)
    {
        var message = At(happened, "delta", "message");
        switch ((string)At(happened, "type"))
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
                Copy(call, "id", At(called, "id"));
                Copy(call, "name", At(called, "function", "name"));
                Copy(call, "arguments", At(called, "function", "arguments"));
                caller.Say("tool_call", call);
                break;
            case "citation-start":
                var cited = At(message, "citations");
                var citation = new JsonObject();
                foreach (var name in new[] { "start", "end", "text" }) Copy(citation, name, At(cited, name));
                var ids = new JsonArray();
                foreach (var source in (JsonArray)At(cited, "sources") ?? new JsonArray())
                    if (At(source, "id") != null) ids.Add(At(source, "id"));
                citation["sources"] = ids;
                caller.Say("citation", citation);
                break;
            case "message-end":
                if (At(happened, "delta", "finish_reason") != null)
                    caller.Say("finish", new JsonObject { { "reason", At(happened, "delta", "finish_reason") } });
                if (At(happened, "delta", "error") != null)
                    caller.Say("error", new JsonObject { { "class", "message-end" }, { "message", At(happened, "delta", "error") } });
                var tokens = At(happened, "delta", "usage", "tokens") ?? At(happened, "delta", "usage", "billed_units");
                var usage = new JsonObject();
                Copy(usage, "input_tokens", Number(At(tokens, "input_tokens")));
                Copy(usage, "output_tokens", Number(At(tokens, "output_tokens")));
                if (usage.Count > 0) caller.Say("usage", usage);
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
            if (endpoint == "rerank")
            {
                var ranking = JsonValue.Parse(await response.Content.ReadAsStringAsync());
                var rows = new JsonArray();
                foreach (JsonValue row in (JsonArray)ranking["results"])
                    rows.Add(new JsonObject { { "index", row["index"] }, { "relevance_score", row["relevance_score"] } });
                caller.Say("results", new JsonObject { { "results", rows } });
                return;
            }
            await Read(await response.Content.ReadAsStreamAsync(), caller);
        }
    }

    static async Task Read(Stream body, Caller caller)
    {
        var lines = new StreamReader(body, new UTF8Encoding(false));
        var ended = false;
        string line;
        while ((line = await lines.ReadLineAsync()) != null)
        {
            if (!line.StartsWith("data:", StringComparison.Ordinal)) continue;
            var data = line.Substring(5).Trim();
            if (data == "[DONE]") break;
            var happened = JsonValue.Parse(data);
            Note(happened, caller);
            ended |= (string)At(happened, "type") == "message-end";
        }
        if (!ended) throw new EndOfStreamException("the stream ended without message-end");
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
            var line = new JsonObject { { "class", error.GetType().Name }, { "message", error.ToString() } };
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
            "text", "thinking", "tool_plan", "tool_calls", "citations", "finish", "usage", "error", "results",
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
