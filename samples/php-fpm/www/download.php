<?php
// Sends as many megabytes as asked for, without ever holding more than one of them.
$megabytes = max(0, min(2048, (int) ($_GET['megabytes'] ?? 1)));
header('Content-Type: application/octet-stream');
if (isset($_GET['length'])) {
    header('Content-Length: ' . $megabytes * 1048576);
}
while (ob_get_level() > 0) {
    ob_end_clean();
}
$block = str_repeat("0123456789abcde\n", 65536);
for ($sent = 0; $sent < $megabytes && !connection_aborted(); $sent++) {
    echo $block;
    flush();
}
