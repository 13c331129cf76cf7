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
</html>
