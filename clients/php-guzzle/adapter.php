<?php
// PHP without an SDK: Guzzle, and the lines of the body as they come.

declare(strict_types=1);

$vendored = getenv('CONFORMANCE_CLIENT_HOME') . '/vendor/autoload.php';
require is_file($vendored) ? $vendored : 'GuzzleHttp/autoload.php';

use Composer\InstalledVersions;
use GuzzleHttp\Client;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\Psr7\Utils;

final class Unsupported extends Exception {}

function write(array $line): void
{
    fwrite(STDOUT, json_encode($line, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
    fflush(STDOUT);
}

function note(array $event, callable $say): void
{
    $message = $event['delta']['message'] ?? [];
    switch ($event['type'] ?? '') {
        case 'content-start':
        case 'content-delta':
            foreach (['text', 'thinking'] as $kind) {
                if (isset($message['content'][$kind])) {
                    is_string($message['content'][$kind]) || throw new UnexpectedValueException("a $kind that is no text");
                    $say($kind, ['text' => $message['content'][$kind]]);
                }
            }
            break;
        case 'tool-plan-delta':
            $say('tool_plan', ['text' => $message['tool_plan']]);
            break;
        case 'tool-call-start':
        case 'tool-call-delta':
            $call = $message['tool_calls'];
            $pieces = [
                'id' => $call['id'] ?? null,
                'name' => $call['function']['name'] ?? null,
                'arguments' => $call['function']['arguments'] ?? null,
            ];
            $say('tool_call', ['index' => $event['index'] ?? 0] + array_filter($pieces, fn ($piece) => $piece !== null));
            break;
        case 'citation-start':
            $cited = $message['citations'];
            $say('citation', [
                'start' => $cited['start'] ?? null,
                'end' => $cited['end'] ?? null,
                'text' => $cited['text'] ?? null,
                'sources' => array_column($cited['sources'] ?? [], 'id'),
            ]);
            break;
        case 'message-end':
            if (isset($event['delta']['finish_reason'])) {
                $say('finish', ['reason' => $event['delta']['finish_reason']]);
            }
            if (is_string($event['delta']['error'] ?? null)) {
                $say('error', ['class' => 'message-end', 'message' => $event['delta']['error']]);
            }
            $tokens = $event['delta']['usage']['tokens'] ?? $event['delta']['usage']['billed_units'] ?? null;
            if ($tokens !== null) {
                $number = fn ($count) => is_int($count) || is_float($count) ? $count : null;
                $say('usage', [
                    'input_tokens' => $number($tokens['input_tokens'] ?? null),
                    'output_tokens' => $number($tokens['output_tokens'] ?? null),
                ]);
            }
    }
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
        $ranking = json_decode((string) $response->getBody(), true, 512, JSON_THROW_ON_ERROR);
        $rows = array_map(
            fn ($row) => ['index' => $row['index'], 'relevance_score' => $row['relevance_score']],
            $ranking['results'] ?? throw new UnexpectedValueException('no results'),
        );
        $say('results', ['results' => $rows]);
        return;
    }
    $body = $response->getBody();
    $ended = false;
    while (!$body->eof()) {
        $line = rtrim(Utils::readLine($body), "\r\n");
        if (!str_starts_with($line, 'data:')) {
            continue;
        }
        $data = ltrim(substr($line, 5));
        if ($data === '[DONE]') {
            break;
        }
        $event = json_decode($data, true, 512, JSON_THROW_ON_ERROR);
        note($event, $say);
        $ended = $ended || ($event['type'] ?? '') === 'message-end';
    }
    if (!$ended) {
        throw new UnexpectedValueException('the stream ended without message-end');
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
    'surfaces' => ['text', 'thinking', 'tool_plan', 'tool_calls', 'citations', 'finish', 'usage', 'error', 'results'],
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
