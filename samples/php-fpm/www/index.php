<?php
$upload = $_FILES['file'] ?? null;
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>PHP <?= PHP_VERSION ?></title>
<h1>PHP <?= PHP_VERSION ?> (<?= PHP_SAPI ?>)</h1>
<p>Process <b id="process"><?= getmypid() ?></b> answered <b id="method"><?= $_SERVER['REQUEST_METHOD'] ?></b>
<code id="uri"><?= htmlspecialchars($_SERVER['REQUEST_URI']) ?></code>.</p>
<?php if (isset($_SERVER['PATH_INFO'])): ?>
<p>Path information: <code id="path-info"><?= htmlspecialchars($_SERVER['PATH_INFO']) ?></code></p>
<?php endif ?>
<?php if ($upload !== null && $upload['error'] === UPLOAD_ERR_OK): ?>
<p id="upload"><?= htmlspecialchars($upload['name']) ?>: <?= $upload['size'] ?> bytes,
SHA-256 <?= hash_file('sha256', $upload['tmp_name']) ?></p>
<?php elseif ($upload !== null): ?>
<p id="upload">The upload failed with PHP's error <?= $upload['error'] ?>.</p>
<?php endif ?>
<form method="post" enctype="multipart/form-data">
<input type="file" name="file"> <button>Upload</button>
</form>
<p><a href="/index.php/a/b?c=d">path information</a> · <a href="/download.php?megabytes=10">a download</a> ·
<a href="/missing.php">a script that is not there</a></p>
</html>
