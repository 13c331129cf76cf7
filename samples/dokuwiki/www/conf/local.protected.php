<?php
// The rules of hiawatha.conf make these URLs work: /wiki:syntax, /_media/wiki:logo.png.
$conf['userewrite'] = 1;
