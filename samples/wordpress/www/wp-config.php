<?php

// Of the account that README.md makes. The host is the socket of MariaDB.
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', 'change this');
define('DB_HOST', 'localhost:/run/mysqld/mysqld.sock');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');

// Any long random text; another one logs everybody out.
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name.'_KEY', 'change this, key of '.$name);
    define($name.'_SALT', 'change this, salt of '.$name);
}

// Packages are updated by Debian.
define('AUTOMATIC_UPDATER_DISABLED', true);

$table_prefix = 'wp_';

if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__.'/');
}
require_once ABSPATH.'wp-settings.php';
