<?php

// WordPress knows of few servers that they can rewrite URLs. Ours can: see hiawatha.conf.
add_filter('got_rewrite', '__return_true');
add_filter('got_url_rewrite', '__return_true');
