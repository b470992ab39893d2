<?php
// PHP without an SDK: Guzzle, and the lines of an event stream as they come.

declare(strict_types=1);

$vendored = getenv('CONFORMANCE_CLIENT_HOME') . '/vendor/autoload.php';
require is_file($vendored) ? $vendored : 'GuzzleHttp/autoload.php';

use Composer\InstalledVersions;
use GuzzleHttp\Client;
use GuzzleHttp\Exception\RequestException;
use Psr\Http\Message\StreamInterface;

final class Unsupported extends Exception {}

/** What came is not what was asked for. */
final class Unreadable extends Exception
{
    public function __construct(string $why, string $what)
    {
        parent::__construct("$why: " . mb_strcut($what, 0, 300));
    }
}

function write(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
    fflush(STDOUT);
}

/** The member at a place in decoded JSON, null where there is none. */
function at(mixed $value, string ...$place): mixed
{
    foreach ($place as $name) {
        $value = is_array($value) ? $value[$name] ?? null : null;
    }
    return $value;
}

function note(array $event, callable $say): void
{
    $message = at($event, 'delta', 'message');
    switch ($event['type']) {
        case 'content-start':
        case 'content-delta':
            foreach (['text', 'thinking'] as $kind) {
                if (is_string(at($message, 'content', $kind))) {
                    $say($kind, ['text' => $message['content'][$kind]]);
                }
            }
            break;
        case 'tool-plan-delta':
            if (is_string(at($message, 'tool_plan'))) {
                $say('tool_plan', ['text' => $message['tool_plan']]);
            }
            break;
        case 'tool-call-start':
        case 'tool-call-delta':
            $pieces = [
                'id' => at($message, 'tool_calls', 'id'),
                'name' => at($message, 'tool_calls', 'function', 'name'),
                'arguments' => at($message, 'tool_calls', 'function', 'arguments'),
            ];
            $say('tool_call', ['index' => at($event, 'index') ?? 0] + array_filter($pieces, 'is_string'));
            break;
        case 'citation-start':
            $cited = at($message, 'citations');
            $say('citation', [
                'start' => at($cited, 'start'),
                'end' => at($cited, 'end'),
                'text' => at($cited, 'text'),
                'sources' => array_column(at($cited, 'sources') ?? [], 'id'),
            ]);
            break;
        case 'message-end':
            if (is_string(at($event, 'delta', 'finish_reason'))) {
                $say('finish', ['reason' => $event['delta']['finish_reason']]);
            }
            if (is_string(at($event, 'delta', 'error'))) {
                $say('error', ['class' => 'message-end', 'message' => $event['delta']['error']]);
            }
            $usage = at($event, 'delta', 'usage');
            $tokens = at($usage, 'tokens') ?? at($usage, 'billed_units');
            if ($usage !== null) {
                $number = fn ($count) => is_int($count) || is_float($count) ? $count : null;
                $say('usage', [
                    'input_tokens' => $number(at($tokens, 'input_tokens')),
                    'output_tokens' => $number(at($tokens, 'output_tokens')),
                    'cached_tokens' => $number(at($usage, 'cached_tokens')),
                ]);
            }
    }
}

/** The lines of a body, each as soon as its end is there: LF, CR or both. */
function lines(StreamInterface $body): Generator
{
    [$line, $last] = ['', ''];
    while (!$body->eof()) {
        $byte = $body->read(1);
        if ($byte === "\r" || ($byte === "\n" && $last !== "\r")) {
            yield $line;
            $line = '';
        } elseif ($byte !== "\n") {
            $line .= $byte;
        }
        $last = $byte;
    }
}

function read(StreamInterface $body, callable $say): void
{
    $data = [];
    foreach (lines($body) as $number => $line) {
        if ($number === 0 && str_starts_with($line, "\u{feff}")) {
            $line = substr($line, strlen("\u{feff}"));
        }
        if ($line === 'data' || str_starts_with($line, 'data:')) {
            $value = substr($line, 5);
            $data[] = str_starts_with($value, ' ') ? substr($value, 1) : $value;
        } elseif ($line === '' && $data) {
            $text = implode("\n", $data);
            $data = [];
            $event = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
            if (!is_string(at($event, 'type')) || $event['type'] === 'error') {
                throw new Unreadable('no event', $text);
            }
            note($event, $say);
            if ($event['type'] === 'message-end') {
                return;
            }
        }
    }
    throw new UnexpectedValueException('the stream ended without message-end');
}

function rank(string $body, callable $say): void
{
    $results = json_decode($body, false, 512, JSON_THROW_ON_ERROR)->results ?? null;
    if (!is_array($results)) {
        throw new Unreadable('no ranking', $body);
    }
    $rows = [];
    foreach ($results as $row) {
        [$index, $score] = [$row->index ?? null, $row->relevance_score ?? null];
        if (!is_int($index) || !(is_int($score) || is_float($score))) {
            throw new Unreadable('a result without an index or a score', $body);
        }
        $rows[] = ['index' => $index, 'relevance_score' => $score];
    }
    $say('results', ['results' => $rows]);
}

function call(array $asked, string $request, callable $say): void
{
    $endpoint = $asked['endpoint'] ?? '';
    if (!in_array($endpoint, ['chat', 'rerank'], true)) {
        throw new Unsupported("endpoint $endpoint");
    }
    $response = (new Client())->post("{$asked['base_url']}/v2/$endpoint", [
        'headers' => ['Authorization' => "Bearer {$asked['api_key']}", 'Content-Type' => 'application/json'],
        'body' => $request,
        'stream' => $endpoint === 'chat',
    ]);
    if ($endpoint === 'rerank') {
        rank((string) $response->getBody(), $say);
    } elseif (!str_starts_with(strtolower($response->getHeaderLine('Content-Type')), 'text/event-stream')) {
        throw new Unreadable('no event stream', (string) $response->getBody());
    } else {
        read($response->getBody(), $say);
    }
}

function version(): string
{
    $installed = class_exists(InstalledVersions::class) && InstalledVersions::isInstalled('guzzlehttp/guzzle');
    return $installed
        ? InstalledVersions::getPrettyVersion('guzzlehttp/guzzle')
        : (string) GuzzleHttp\ClientInterface::MAJOR_VERSION;
}

/** The text of a member as it stands in the line: PHP would make lists of empty objects. */
function requestIn(string $text): string
{
    return json_encode(json_decode($text)->request, JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION);
}

// Whatever is a notice elsewhere is an error to its caller here.
set_error_handler(function (int $level, string $message): never {
    throw new ErrorException($message, 0, $level);
});

write([
    'type' => 'hello', 'protocol' => 1, 'client' => 'guzzle',
    'version' => version(), 'language' => 'php ' . PHP_VERSION,
    'endpoints' => ['chat', 'rerank'],
    'surfaces' => [
        'text', 'thinking', 'tool_plan', 'tool_calls', 'citations', 'finish', 'usage', 'cached_tokens', 'error',
        'results',
    ],
]);
while (($text = fgets(STDIN)) !== false) {
    $asked = json_decode($text, true) ?? ['case' => '', 'endpoint' => 'that is no case'];
    $say = fn (string $type, array $values = []) => write(['type' => $type, 'case' => $asked['case']] + $values);
    try {
        call($asked, isset($asked['request']) ? requestIn($text) : '', $say);
    } catch (Unsupported $error) {
        $say('unsupported', ['what' => $error->getMessage()]);
    } catch (Throwable $error) {
        $line = ['class' => $error::class, 'message' => $error->getMessage()];
        if ($error instanceof RequestException && $error->hasResponse()) {
            $line['status'] = $error->getResponse()->getStatusCode();
            $line['message'] .= ' ' . $error->getResponse()->getBody();
        }
        $say('error', $line);
    }
    $say('end');
}
