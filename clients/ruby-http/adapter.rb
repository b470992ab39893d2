# Ruby without an SDK: net/http, and the lines of an event stream as they come.

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

# What came is not what was asked for.
class Unreadable < StandardError
  def initialize(why, what)
    super("#{why}: #{what.dup.force_encoding("UTF-8").scrub[0, 300]}")
  end
end

def write(line)
  $stdout.write(JSON.generate(line) + "\n")
  $stdout.flush
end

# The member at a place in decoded JSON, nil where there is none.
def at(value, *place)
  place.reduce(value) { |inner, name| inner.is_a?(Hash) ? inner[name] : nil }
end

def note(event, say)
  message = at(event, "delta", "message")
  case event["type"]
  when "content-start", "content-delta"
    %w[text thinking].each do |kind|
      text = at(message, "content", kind)
      say.(kind, text: text) if text.is_a?(String)
    end
  when "tool-plan-delta"
    text = at(message, "tool_plan")
    say.("tool_plan", text: text) if text.is_a?(String)
  when "tool-call-start", "tool-call-delta"
    call = at(message, "tool_calls")
    function = at(call, "function")
    pieces = { id: at(call, "id"), name: at(function, "name"), arguments: at(function, "arguments") }
    say.("tool_call", index: event["index"] || 0, **pieces.select { |_, piece| piece.is_a?(String) })
  when "citation-start"
    cited = at(message, "citations")
    ids = (at(cited, "sources") || []).map { |source| at(source, "id") }.compact
    say.("citation", start: at(cited, "start"), end: at(cited, "end"), text: at(cited, "text"), sources: ids)
  when "message-end"
    reason = at(event, "delta", "finish_reason")
    say.("finish", reason: reason) if reason.is_a?(String)
    said = at(event, "delta", "error")
    say.("error", class: "message-end", message: said) if said.is_a?(String)
    usage = at(event, "delta", "usage")
    tokens = at(usage, "tokens") || at(usage, "billed_units")
    counts = %w[input_tokens output_tokens].to_h { |name| [name, at(tokens, name)] }
    counts["cached_tokens"] = at(usage, "cached_tokens")
    say.("usage", counts.transform_values { |count| count if count.is_a?(Numeric) }) if usage
  end
end

# Yields the lines of a body, each as soon as its end is there: LF, CR or both.
def lines(response)
  rest = "".b
  after_cr = false
  response.read_body do |piece|
    rest << piece
    until rest.empty?
      rest.slice!(0) if after_cr && rest.start_with?("\n")
      after_cr = false
      break unless (line = rest.slice!(/\A[^\r\n]*[\r\n]/n))

      after_cr = line.end_with?("\r")
      yield line[0...-1].force_encoding("UTF-8")
    end
  end
end

def read(response, say)
  data = []
  ended = false
  lines(response) do |line|
    next if ended # net/http wants to be read to the end

    line = line.delete_prefix("\ufeff")
    if line == "data" || line.start_with?("data:")
      data << (line["data:".length..] || "").delete_prefix(" ")
    elsif line.empty? && !data.empty?
      ended = event(data.join("\n"), say)
      data = []
    end
  end
  raise EOFError, "the stream ended without message-end" unless ended
end

# Whether this was the last event.
def event(data, say)
  event = JSON.parse(data)
  type = at(event, "type")
  raise Unreadable.new("no event", data) if !type.is_a?(String) || type == "error"

  note(event, say)
  type == "message-end"
end

def rank(body, say)
  results = at(JSON.parse(body), "results")
  raise Unreadable.new("no ranking", body) unless results.is_a?(Array)

  rows = results.map do |row|
    index, score = at(row, "index"), at(row, "relevance_score")
    next { index: index, relevance_score: score } if index.is_a?(Integer) && score.is_a?(Numeric)

    raise Unreadable.new("a result without an index or a score", body)
  end
  say.("results", results: rows)
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
      if endpoint == "rerank"
        rank(response.read_body, say)
      elsif response.content_type&.downcase != "text/event-stream"
        raise Unreadable.new("no event stream", response.read_body || "")
      else
        read(response, say)
      end
    end
  end
end

channels = %w[text thinking tool_plan tool_calls citations finish usage cached_tokens error results]
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
