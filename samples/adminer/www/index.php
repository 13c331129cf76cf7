<?php

/** adminer, for those who know the password whose hash lies beside the site. */
function adminer_object()
{
    return new class extends Adminer {
        public function login($login, $password)
        {
            $hash = @file_get_contents(dirname(__DIR__).'/password');

            return $hash !== false && password_verify($password, trim($hash));
        }

        public function credentials()
        {
            // The password is for this page; databases on servers have accounts of their own.
            return [SERVER, $_GET['username'], ''];
        }
    };
}

require '/usr/share/adminer/adminer.php';
