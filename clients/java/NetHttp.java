import com.fasterxml.jackson.databind.JsonNode;
import java.io.EOFException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Java without an SDK: java.net.http, and the lines of the body. */
final class NetHttp {
  static final class Refused extends Exception {
    final int status;

    Refused(int status, String body) {
      super(status + ": " + body);
      this.status = status;
    }
  }

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
      if (response.statusCode() != 200) {
        throw new Refused(response.statusCode(), String.join("\n", (Iterable<String>) lines::iterator));
      }
      if (endpoint.equals("rerank")) {
        String body = String.join("\n", (Iterable<String>) lines::iterator);
        List<double[]> rows = new ArrayList<>();
        for (JsonNode row : Adapter.JSON.readTree(body).required("results")) {
          rows.add(new double[] {row.required("index").asInt(), row.required("relevance_score").asDouble()});
        }
        caller.results(rows);
        return;
      }
      read(lines.iterator(), caller);
    }
  }

  static void read(Iterator<String> lines, Adapter.Caller caller) throws Exception {
    boolean ended = false;
    while (lines.hasNext()) {
      String line = lines.next();
      if (!line.startsWith("data:")) continue;
      String data = line.substring("data:".length()).trim();
      if (data.equals("[DONE]")) break;
      JsonNode event = Adapter.JSON.readTree(data);
      note(event, caller);
      ended |= event.path("type").asText().equals("message-end");
    }
    if (!ended) throw new EOFException("the stream ended without message-end");
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
        cited.path("sources").forEach(source -> ids.add(source.path("id").asText()));
        caller.citation(
            cited.path("start").asInt(), cited.path("end").asInt(), text(cited.path("text")), ids);
      }
      case "message-end" -> {
        JsonNode delta = event.path("delta");
        caller.finish(text(delta.path("finish_reason")));
        caller.failed(text(delta.path("error")));
        JsonNode usage = delta.path("usage");
        JsonNode tokens = usage.path(usage.hasNonNull("tokens") ? "tokens" : "billed_units");
        caller.usage(number(tokens.path("input_tokens")), number(tokens.path("output_tokens")));
      }
      default -> {}
    }
  }

  static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : null;
  }

  static Double number(JsonNode value) {
    return value.isNumber() ? value.asDouble() : null;
  }
}
