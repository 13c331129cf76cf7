<?php
// The rules of hiawatha.conf make these URLs work: /wiki:syntax, /_media/wiki:logo.png.
$conf['userewrite'] = 1;
// Beside the programs: the settings of Debian name the wiki of the machine in /var.
$conf['savedir'] = './data';
