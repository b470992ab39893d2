import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** The adapter protocol: cases come in on stdin, what the caller of a client got goes out on stdout. */
final class Adapter {
  static final ObjectMapper JSON = new ObjectMapper();

  /** The client cannot express the call. */
  static final class Unsupported extends RuntimeException {
    Unsupported(String what) {
      super(what);
    }
  }

  /** Makes the call of a case. */
  interface Call {
    void make(JsonNode asked, Caller caller) throws Exception;
  }

  /** Finds the HTTP status in an error, null where it tells none. */
  interface Status {
    Integer of(Throwable error);
  }

  /** Writes down what the caller of the client gets. */
  static final class Caller {
    private final String name;
    private final PrintStream out;

    Caller(String name, PrintStream out) {
      this.name = name;
      this.out = out;
    }

    ObjectNode line(String type) {
      return JSON.createObjectNode().put("type", type).put("case", name);
    }

    void write(ObjectNode line) {
      out.print(line.toString() + "\n");
      out.flush();
    }

    /** A piece of "text", "thinking" or "tool_plan". */
    void piece(String type, String text) {
      if (text != null) {
        write(line(type).put("text", text));
      }
    }

    void toolCall(Integer index, String id, String name, String arguments) {
      ObjectNode line = line("tool_call").put("index", index == null ? 0 : index);
      if (id != null) line.put("id", id);
      if (name != null) line.put("name", name);
      if (arguments != null) line.put("arguments", arguments);
      write(line);
    }

    void citation(Integer start, Integer end, String text, List<String> sources) {
      ObjectNode line = line("citation").put("start", start).put("end", end).put("text", text);
      ArrayNode ids = line.putArray("sources");
      sources.forEach(ids::add);
      write(line);
    }

    void finish(String reason) {
      if (reason != null) {
        write(line("finish").put("reason", reason));
      }
    }

    /** Why the generation failed, as the last event of a stream says it. */
    void failed(String said) {
      if (said != null) {
        write(line("error").put("class", "message-end").put("message", said));
      }
    }

    void usage(Double input, Double output, Double cached) {
      if (input != null || output != null || cached != null) {
        ObjectNode line = line("usage").put("input_tokens", input).put("output_tokens", output);
        write(line.put("cached_tokens", cached));
      }
    }

    /** A ranking; each row has its index and its score. */
    void results(List<double[]> rows) {
      ObjectNode line = line("results");
      ArrayNode list = line.putArray("results");
      for (double[] row : rows) {
        list.addObject().put("index", (int) row[0]).put("relevance_score", row[1]);
      }
      write(line);
    }
  }

  /** Refuses a request with members that the client does not know. */
  static void only(JsonNode request, Set<String> known) {
    request.fieldNames().forEachRemaining(
        name -> {
          if (!name.equals("stream") && !known.contains(name)) {
            throw new Unsupported("/" + name);
          }
        });
  }

  /** Says hello, then makes a call for each case until stdin ends. */
  static void serve(String client, String version, Call call, Status status) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // stdout belongs to the protocol.
    System.setOut(System.err);
    ObjectNode hello = JSON.createObjectNode().put("type", "hello").put("protocol", 1);
    hello.put("client", client).put("version", version);
    hello.put("language", "java " + System.getProperty("java.version"));
    hello.putArray("endpoints").add("chat").add("rerank");
    ArrayNode surfaces = hello.putArray("surfaces");
    for (String channel :
        "text thinking tool_plan tool_calls citations finish usage cached_tokens error results".split(" ")) {
      surfaces.add(channel);
    }
    out.print(hello + "\n");
    out.flush();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String text = in.readLine(); text != null; text = in.readLine()) {
      one(text, out, call, status);
    }
    // Libraries keep threads that would outlive the last case.
    System.exit(0);
  }

  private static void one(String text, PrintStream out, Call call, Status status) {
    JsonNode asked;
    try {
      asked = JSON.readTree(text);
    } catch (Exception error) {
      asked = JSON.createObjectNode().put("endpoint", "no case: " + error.getMessage());
    }
    Caller caller = new Caller(asked.path("case").asText(""), out);
    String endpoint = asked.path("endpoint").asText("");
    try {
      if (!endpoint.equals("chat") && !endpoint.equals("rerank")) {
        throw new Unsupported("endpoint " + endpoint);
      }
      call.make(asked, caller);
    } catch (Unsupported why) {
      caller.write(caller.line("unsupported").put("what", why.getMessage()));
    } catch (Throwable error) {
      ObjectNode line = caller.line("error").put("class", error.getClass().getSimpleName());
      line.put("message", String.valueOf(error));
      Integer found = status.of(error);
      if (found != null) line.put("status", found);
      caller.write(line);
    }
    caller.write(caller.line("end"));
  }
}
