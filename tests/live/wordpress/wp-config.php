<?php
// A site's settings, as WordPress wants them: where it is and where its database lies comes from whoever runs it.
define('DB_NAME', 'wordpress');
define('DB_USER', '');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8');
define('DB_COLLATE', '');
define('DB_DIR', getenv('TWOWAY_SITE_DATA'));
define('DB_FILE', 'site.sqlite');
define('WP_HOME', getenv('TWOWAY_SITE_ADDRESS'));
define('WP_SITEURL', getenv('TWOWAY_SITE_ADDRESS'));
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords without TLS
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', false);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $of) {
    define("{$of}_KEY", 'for tests');
    define("{$of}_SALT", 'for tests');
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
    define('ABSPATH', getenv('TWOWAY_SITE_CODE') . '/');
}
require_once ABSPATH . 'wp-settings.php';
