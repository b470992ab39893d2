<?php
// Guzzle of the system if there is one, as Debian's package `php-guzzlehttp-guzzle` has it, else its release.

if (stream_resolve_include_path('GuzzleHttp/autoload.php') === false) {
    $home = escapeshellarg($argv[1]);
    passthru("composer require --no-interaction --no-progress --working-dir=$home guzzlehttp/guzzle:7.9.2", $status);
    exit($status);
}
