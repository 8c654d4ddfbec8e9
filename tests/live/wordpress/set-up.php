<?php
// Makes a site whose comments stand at once, with an editor of ours and a post that takes no comments. Prints an
// application password, and that post's number.
require getenv('TWOWAY_SITE_CODE') . '/wp-load.php';
update_option('permalink_structure', '/%postname%/');
update_option('comment_moderation', 0);
update_option('comment_previously_approved', 0);
update_option('require_name_email', 1);
flush_rewrite_rules();
$id = wp_insert_user([
    'user_login' => 'acme',
    'user_pass' => wp_generate_password(),
    'user_email' => 'care@acme.example',
    'display_name' => 'Acme',
    'role' => 'editor',
]);
[$password] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'Twoway']);
$closed = wp_insert_post(['post_title' => 'Closed', 'post_status' => 'publish', 'comment_status' => 'closed']);
wp_delete_comment(1, true); // WordPress' own, from long ago
echo json_encode(['password' => $password, 'closed' => $closed]), "\n";
