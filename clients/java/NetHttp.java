import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.EOFException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Java without an SDK: java.net.http, and the lines of an event stream. */
final class NetHttp {
  static final class Refused extends Exception {
    final int status;

    Refused(int status, String body) {
      super(status + ": " + body);
      this.status = status;
    }
  }

  /** What came is not what was asked for. */
  static final class Unreadable extends Exception {
    Unreadable(String why, String what) {
      super(why + ": " + what.substring(0, Math.min(what.length(), 300)));
    }
  }

  /** Only what is one JSON value and nothing else is JSON. */
  static final ObjectReader JSON =
      Adapter.JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  public static void main(String[] arguments) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    Adapter.serve(
        "java.net.http",
        System.getProperty("java.version"),
        (asked, caller) -> call(client, asked, caller),
        error -> error instanceof Refused ? ((Refused) error).status : null);
  }

  static void call(HttpClient client, JsonNode asked, Adapter.Caller caller) throws Exception {
    String endpoint = asked.get("endpoint").asText();
    URI url = URI.create(asked.get("base_url").asText() + "/v2/" + endpoint);
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .header("Authorization", "Bearer " + asked.get("api_key").asText())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(asked.get("request").toString()))
            .build();
    HttpResponse<Stream<String>> response =
        client.send(request, HttpResponse.BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      String type = response.headers().firstValue("content-type").orElse("");
      if (response.statusCode() != 200) {
        throw new Refused(response.statusCode(), all(lines));
      } else if (endpoint.equals("rerank")) {
        rank(all(lines), caller);
      } else if (!type.toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
        throw new Unreadable("no event stream", all(lines));
      } else {
        read(lines.iterator(), caller);
      }
    }
  }

  static String all(Stream<String> lines) {
    return lines.collect(Collectors.joining("\n"));
  }

  static void rank(String body, Adapter.Caller caller) throws Exception {
    JsonNode results = JSON.readTree(body).path("results");
    if (!results.isArray()) throw new Unreadable("no ranking", body);
    List<double[]> rows = new ArrayList<>();
    for (JsonNode row : results) {
      JsonNode index = row.path("index");
      JsonNode score = row.path("relevance_score");
      if (!index.isInt() || !score.isNumber()) {
        throw new Unreadable("a result without an index or a score", body);
      }
      rows.add(new double[] {index.asInt(), score.asDouble()});
    }
    caller.results(rows);
  }

  static void read(Iterator<String> lines, Adapter.Caller caller) throws Exception {
    List<String> data = new ArrayList<>();
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.startsWith("\ufeff")) line = line.substring(1);
      if (line.equals("data") || line.startsWith("data:")) {
        String value = line.substring(Math.min(line.length(), "data:".length()));
        data.add(value.startsWith(" ") ? value.substring(1) : value);
      } else if (line.isEmpty() && !data.isEmpty()) {
        if (event(String.join("\n", data), caller)) return;
        data.clear();
      }
    }
    throw new EOFException("the stream ended without message-end");
  }

  /** Whether this was the last event. */
  static boolean event(String data, Adapter.Caller caller) throws Exception {
    JsonNode event = JSON.readTree(data);
    String type = event.path("type").textValue();
    if (type == null || type.equals("error")) throw new Unreadable("no event", data);
    note(event, caller);
    return type.equals("message-end");
  }

  static void note(JsonNode event, Adapter.Caller caller) {
    JsonNode message = event.path("delta").path("message");
    switch (event.path("type").asText()) {
      case "content-start", "content-delta" -> {
        caller.piece("text", text(message.path("content").path("text")));
        caller.piece("thinking", text(message.path("content").path("thinking")));
      }
      case "tool-plan-delta" -> caller.piece("tool_plan", text(message.path("tool_plan")));
      case "tool-call-start", "tool-call-delta" -> {
        JsonNode call = message.path("tool_calls");
        JsonNode function = call.path("function");
        caller.toolCall(
            event.path("index").asInt(),
            text(call.path("id")),
            text(function.path("name")),
            text(function.path("arguments")));
      }
      case "citation-start" -> {
        JsonNode cited = message.path("citations");
        List<String> ids = new ArrayList<>();
        for (JsonNode source : cited.path("sources")) {
          if (source.hasNonNull("id")) ids.add(source.get("id").asText());
        }
        caller.citation(
            whole(cited.path("start")), whole(cited.path("end")), text(cited.path("text")), ids);
      }
      case "message-end" -> {
        JsonNode delta = event.path("delta");
        caller.finish(text(delta.path("finish_reason")));
        caller.failed(text(delta.path("error")));
        JsonNode usage = delta.path("usage");
        JsonNode tokens = usage.path(usage.hasNonNull("tokens") ? "tokens" : "billed_units");
        caller.usage(
            number(tokens.path("input_tokens")),
            number(tokens.path("output_tokens")),
            number(usage.path("cached_tokens")));
      }
      default -> {}
    }
  }

  static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : null;
  }

  static Integer whole(JsonNode value) {
    return value.isInt() ? value.asInt() : null;
  }

  static Double number(JsonNode value) {
    return value.isNumber() ? value.asDouble() : null;
  }
}
