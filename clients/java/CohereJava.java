import com.cohere.api.AsyncCohere;
import com.cohere.api.Cohere;
import com.cohere.api.core.CohereApiException;
import com.cohere.api.core.ObjectMappers;
import com.cohere.api.resources.v2.AsyncV2Client;
import com.cohere.api.resources.v2.V2Client;
import com.cohere.api.resources.v2.requests.V2ChatStreamRequest;
import com.cohere.api.resources.v2.requests.V2RerankRequest;
import com.cohere.api.resources.v2.types.V2ChatStreamResponse;
import com.cohere.api.resources.v2.types.V2RerankResponse;
import com.cohere.api.types.Usage;
import com.cohere.api.types.UsageBilledUnits;
import com.cohere.api.types.UsageTokens;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The official Java SDK: "sync" or "async", and its version. */
final class CohereJava {
  static final Set<String> CHAT =
      Set.of(
          "model", "messages", "tools", "strict_tools", "documents", "citation_options",
          "response_format", "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed",
          "frequency_penalty", "presence_penalty", "k", "p", "logprobs", "tool_choice", "thinking",
          "priority");
  static final Set<String> RERANK =
      Set.of("model", "query", "documents", "top_n", "max_tokens_per_doc", "priority");

  public static void main(String[] arguments) throws Exception {
    boolean async = arguments[1].equals("async");
    Adapter.serve(
        "cohere-java (" + arguments[1] + ")",
        arguments[0],
        async ? CohereJava::callAsync : CohereJava::callSync,
        CohereJava::status);
  }

  static Integer status(Throwable error) {
    if (error instanceof CompletionException) return status(error.getCause());
    return error instanceof CohereApiException
        ? ((CohereApiException) error).statusCode()
        : null;
  }

  /** The request without the constants that the types of the SDK add by themselves. */
  static JsonNode plain(JsonNode request) {
    ObjectNode kept = request.deepCopy();
    kept.remove("stream");
    kept.path("tools").forEach(tool -> ((ObjectNode) tool).remove("type"));
    for (JsonNode message : kept.path("messages")) {
      message.path("tool_calls").forEach(call -> ((ObjectNode) call).remove("type"));
    }
    return kept;
  }

  static <T> T typed(JsonNode request, Class<T> type) {
    try {
      return ObjectMappers.JSON_MAPPER.treeToValue(request, type);
    } catch (JsonMappingException error) {
      String place =
          error.getPath().stream()
              .map(each -> "/" + (each.getFieldName() == null ? each.getIndex() : each.getFieldName()))
              .collect(Collectors.joining());
      throw new Adapter.Unsupported(place + " of this value: " + error.getOriginalMessage());
    } catch (JsonProcessingException error) {
      throw new Adapter.Unsupported("the types of the SDK: " + error.getOriginalMessage());
    }
  }

  static void callSync(JsonNode asked, Adapter.Caller caller) {
    V2Client client =
        Cohere.builder()
            .token(asked.get("api_key").asText())
            .url(asked.get("base_url").asText())
            .build()
            .v2();
    call(asked, caller, client::chatStream, client::rerank);
  }

  static void callAsync(JsonNode asked, Adapter.Caller caller) {
    AsyncV2Client client =
        AsyncCohere.builder()
            .token(asked.get("api_key").asText())
            .url(asked.get("base_url").asText())
            .build()
            .v2();
    call(
        asked,
        caller,
        request -> client.chatStream(request).join(),
        request -> client.rerank(request).join());
  }

  static void call(
      JsonNode asked,
      Adapter.Caller caller,
      Function<V2ChatStreamRequest, Iterable<V2ChatStreamResponse>> chat,
      Function<V2RerankRequest, V2RerankResponse> rerank) {
    JsonNode request = asked.get("request");
    if (asked.get("endpoint").asText().equals("rerank")) {
      Adapter.only(request, RERANK);
      List<double[]> rows = new ArrayList<>();
      rerank.apply(typed(request, V2RerankRequest.class)).getResults()
          .forEach(row -> rows.add(new double[] {row.getIndex(), row.getRelevanceScore()}));
      caller.results(rows);
      return;
    }
    Adapter.only(request, CHAT);
    chat.apply(typed(plain(request), V2ChatStreamRequest.class))
        .forEach(event -> note(event, caller));
  }

  static void count(Usage usage, Adapter.Caller caller) {
    Double cached = usage.getCachedTokens().orElse(null);
    if (usage.getTokens().isPresent()) {
      UsageTokens tokens = usage.getTokens().get();
      caller.usage(
          tokens.getInputTokens().orElse(null), tokens.getOutputTokens().orElse(null), cached);
    } else {
      UsageBilledUnits billed = usage.getBilledUnits().orElse(UsageBilledUnits.builder().build());
      caller.usage(
          billed.getInputTokens().orElse(null), billed.getOutputTokens().orElse(null), cached);
    }
  }

  static void note(V2ChatStreamResponse event, Adapter.Caller caller) {
    event.getContentStart()
        .flatMap(start -> start.getDelta())
        .flatMap(delta -> delta.getMessage())
        .flatMap(message -> message.getContent())
        .ifPresent(
            content -> {
              caller.piece("text", content.getText().orElse(null));
              caller.piece("thinking", content.getThinking().orElse(null));
            });
    event.getContentDelta()
        .flatMap(part -> part.getDelta())
        .flatMap(delta -> delta.getMessage())
        .flatMap(message -> message.getContent())
        .ifPresent(
            content -> {
              caller.piece("text", content.getText().orElse(null));
              caller.piece("thinking", content.getThinking().orElse(null));
            });
    event.getToolPlanDelta()
        .flatMap(part -> part.getDelta())
        .flatMap(delta -> delta.getMessage())
        .flatMap(message -> message.getToolPlan())
        .ifPresent(plan -> caller.piece("tool_plan", plan));
    event.getToolCallStart()
        .ifPresent(
            start ->
                start.getDelta()
                    .flatMap(delta -> delta.getMessage())
                    .flatMap(message -> message.getToolCalls())
                    .ifPresent(
                        call ->
                            caller.toolCall(
                                start.getIndex().orElse(null),
                                call.getId(),
                                call.getFunction().flatMap(f -> f.getName()).orElse(null),
                                call.getFunction().flatMap(f -> f.getArguments()).orElse(null))));
    event.getToolCallDelta()
        .ifPresent(
            part ->
                part.getDelta()
                    .flatMap(delta -> delta.getMessage())
                    .flatMap(message -> message.getToolCalls())
                    .flatMap(call -> call.getFunction())
                    .flatMap(function -> function.getArguments())
                    .ifPresent(
                        text -> caller.toolCall(part.getIndex().orElse(null), null, null, text)));
    event.getCitationStart()
        .flatMap(start -> start.getDelta())
        .flatMap(delta -> delta.getMessage())
        .flatMap(message -> message.getCitations())
        .ifPresent(
            cited -> {
              List<String> ids = new ArrayList<>();
              for (var source : cited.getSources().orElse(List.of())) {
                source.getTool().flatMap(tool -> tool.getId()).ifPresent(ids::add);
                source.getDocument().flatMap(document -> document.getId()).ifPresent(ids::add);
              }
              caller.citation(
                  cited.getStart().orElse(null),
                  cited.getEnd().orElse(null),
                  cited.getText().orElse(null),
                  ids);
            });
    event.getMessageEnd()
        .flatMap(end -> end.getDelta())
        .ifPresent(
            delta -> {
              delta.getFinishReason().ifPresent(reason -> caller.finish(reason.toString()));
              delta.getError().ifPresent(caller::failed);
              delta.getUsage().ifPresent(usage -> count(usage, caller));
            });
  }
}
