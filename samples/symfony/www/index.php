<?php

use Symfony\Component\HttpFoundation\Request;

require '/usr/share/php/Symfony/Bundle/FrameworkBundle/autoload.php';
require dirname(__DIR__).'/application/Site.php';

$site = new Site('prod', false);
$request = Request::createFromGlobals();
$response = $site->handle($request);
$response->send();
$site->terminate($request, $response);
