<?php
header('Content-Type: text/plain');
header('X-Pool: ' . getenv('POOL'));
printf("%s, process %d\n", getenv('POOL'), getmypid());
