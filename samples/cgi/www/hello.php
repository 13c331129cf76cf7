<?php
header('Content-Type: text/plain');
printf("%s from PHP %s, %s\n", getenv('GREETING'), PHP_VERSION, $_GET['name'] ?? 'stranger');
printf("method %s, body of %d bytes\n", $_SERVER['REQUEST_METHOD'], strlen(file_get_contents('php://input')));
