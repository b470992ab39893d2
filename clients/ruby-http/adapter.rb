# Ruby without an SDK: net/http, and the lines of the body as they come.

require "json"
require "net/http"

Unsupported = Class.new(StandardError)

# What the server said when it refused.
class Refused < StandardError
  attr_reader :status

  def initialize(response)
    @status = response.code.to_i
    super("#{response.code}: #{response.body}")
  end
end

def write(line)
  $stdout.write(JSON.generate(line) + "\n")
  $stdout.flush
end

def note(event, say)
  message = event.dig("delta", "message")
  case event["type"]
  when "content-start", "content-delta"
    text, thinking = message["content"].values_at("text", "thinking")
    say.("text", text: String.try_convert(text) || raise(TypeError, "a text that is none")) if text
    say.("thinking", text: thinking) if thinking
  when "tool-plan-delta"
    say.("tool_plan", text: message["tool_plan"])
  when "tool-call-start", "tool-call-delta"
    call = message["tool_calls"]
    pieces = { id: call["id"], name: call.dig("function", "name"), arguments: call.dig("function", "arguments") }
    say.("tool_call", index: event["index"] || 0, **pieces.compact)
  when "citation-start"
    cited = message["citations"]
    ids = (cited["sources"] || []).map { |source| source["id"] }.compact
    say.("citation", start: cited["start"], end: cited["end"], text: cited["text"], sources: ids)
  when "message-end"
    reason = event.dig("delta", "finish_reason")
    say.("finish", reason: reason) if reason
    said = event.dig("delta", "error")
    say.("error", class: "message-end", message: said) if said
    tokens = event.dig("delta", "usage", "tokens") || event.dig("delta", "usage", "billed_units")
    counts = %w[input_tokens output_tokens].to_h { |name| [name, (tokens || {})[name]] }
    say.("usage", counts.transform_values { |count| count if count.is_a?(Numeric) }) if tokens
  end
end

def stream(response, say)
  rest = "".b
  ended = false
  response.read_body do |piece|
    rest << piece
    while (line = rest.slice!(/\A[^\n]*\n/))
      data = line.force_encoding("UTF-8").chomp[/\Adata:\s*(.*)/m, 1]
      next if data.nil? || data == "[DONE]"

      event = JSON.parse(data)
      note(event, say)
      ended ||= event["type"] == "message-end"
    end
  end
  raise EOFError, "the stream ended without message-end" unless ended
end

def call(asked, say)
  endpoint = asked["endpoint"]
  raise Unsupported, "endpoint #{endpoint}" unless %w[chat rerank].include?(endpoint)

  url = URI("#{asked["base_url"]}/v2/#{endpoint}")
  request = Net::HTTP::Post.new(url)
  request["Authorization"] = "Bearer #{asked["api_key"]}"
  request["Content-Type"] = "application/json"
  request.body = JSON.generate(asked["request"])
  Net::HTTP.start(url.host, url.port) do |http|
    http.request(request) do |response|
      unless response.is_a?(Net::HTTPOK)
        response.read_body
        raise Refused, response
      end
      if endpoint == "chat"
        stream(response, say)
      else
        rows = JSON.parse(response.read_body).fetch("results")
        say.("results", results: rows.map { |row| %w[index relevance_score].to_h { |name| [name, row.fetch(name)] } })
      end
    end
  end
end

channels = %w[text thinking tool_plan tool_calls citations finish usage error results]
write(
  type: "hello", protocol: 1, client: "net/http", version: RUBY_VERSION, language: "ruby #{RUBY_VERSION}",
  endpoints: %w[chat rerank], surfaces: channels
)
$stdin.each_line do |text|
  asked = begin
    JSON.parse(text)
  rescue JSON::ParserError => error
    { "case" => "", "endpoint" => "no case: #{error.message}" }
  end
  say = ->(type, values = {}) { write({ type: type, case: asked["case"] }.merge(values)) }
  begin
    call(asked, say)
  rescue Unsupported => error
    say.("unsupported", what: error.message)
  rescue StandardError => error
    status = error.is_a?(Refused) ? { status: error.status } : {}
    say.("error", class: error.class.name, message: error.message.scrub, **status)
  end
  say.("end")
end
