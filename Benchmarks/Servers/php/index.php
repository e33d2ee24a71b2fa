<?php
// The small site: the release's version, and /echo, which gives a body back.
header("Content-Type: text/plain");
$body = str_starts_with($_SERVER["REQUEST_URI"], "/echo") ? file_get_contents("php://input") : file_get_contents("version");
header("Content-Length: " . strlen($body));
echo $body;
