/// Applications in PHP: php-fpm is a process of the release.
extension AppPreset {
    /// A pool that starts as root, as www-data and as anybody. The sizes are those of `maxBodyBytes` in the manifests.
    private static let pool = ServerPreset.Page(
        path: "php-fpm.conf",
        text: """
            [global]
            error_log = /proc/self/fd/2
            ; How long requests may go on when it is told to stop.
            process_control_timeout = 30s

            [www]
            listen = ${DEPLOYD_SOCKET}
            ; For a start as root; another user starts it as himself.
            user = www-data
            group = www-data
            pm = static
            pm.max_children = 8
            clear_env = no
            catch_workers_output = yes
            decorate_workers_output = no
            ; As large as maxBodyBytes in release.json.
            php_admin_value[upload_max_filesize] = 64M
            php_admin_value[post_max_size] = 64M

            """)

    /// The kind of process of all of them.
    private static let processes = """
            processes: {
                php: { command: ["php-fpm8.2", "--nodaemonize", "--fpm-config", "php-fpm.conf"], inherit: "fpm" },
            },
        """

    static let wordpress = AppPreset(
        name: "wordpress", summary: "WordPress in public, its uploads shared between releases", files: [pool],
        shared: ["public/wp-content/uploads"],
        manifest: """
            {
                // WordPress in public. Pretty addresses work as they are: what names nothing goes to index.php.
                web: {
                    files: "public",
                    fastcgi: { to: "php", fallback: "/index.php" },
                    // With upload_max_filesize and post_max_size in php-fpm.conf.
                    maxBodyBytes: "64M",
                    rules: [
                        { path: "/wp-config.php", deny: true },
                        { path: "/xmlrpc.php", deny: true },
                        { path: "*.log", deny: true },
                        { path: "/wp-content/uploads/*", headers: { "X-Content-Type-Options": "nosniff" } },
                        { path: "/*", headers: { "X-Powered-By": "" } },
                    ],
                },
            \(processes)
                health: { path: "/wp-login.php" },
            }

            """)

    static let mediawiki = AppPreset(
        name: "mediawiki", summary: "MediaWiki in public, its images shared between releases", files: [pool],
        shared: ["public/images"],
        manifest: """
            {
                // MediaWiki in public. For short addresses: $wgArticlePath = "/wiki/$1" and $wgUsePathInfo = true.
                web: {
                    files: "public",
                    fastcgi: { to: "php" },
                    maxBodyBytes: "64M",
                    rules: [
                        { path: "/LocalSettings.php", deny: true },
                        { path: "/cache/*", deny: true },
                        { path: "/includes/*", deny: true },
                        { path: "/languages/*", deny: true },
                        { path: "/maintenance/*", deny: true },
                        { path: "/serialized/*", deny: true },
                        { path: "/tests/*", deny: true },
                        { path: "/images/deleted/*", deny: true },
                        { path: "/images/*", headers: { "X-Content-Type-Options": "nosniff" } },
                        { path: "/wiki/*", fallback: "/index.php" },
                        { path: "/*", headers: { "X-Powered-By": "" } },
                    ],
                },
            \(processes)
                health: { path: "/api.php" },
            }

            """)

    static let dokuwiki = AppPreset(
        name: "dokuwiki", summary: "DokuWiki in public, its pages and settings shared between releases", files: [pool],
        shared: ["public/data", "public/conf"],
        manifest: """
            {
                // DokuWiki in public. For pretty addresses: $conf['userewrite'] = 2.
                web: {
                    files: "public",
                    index: ["doku.php"],
                    fastcgi: { to: "php" },
                    maxBodyBytes: "64M",
                    rules: [
                        { path: "/data/*", deny: true },
                        { path: "/conf/*", deny: true },
                        { path: "/bin/*", deny: true },
                        { path: "/inc/*", deny: true },
                        { path: "/*", headers: { "X-Powered-By": "" } },
                    ],
                },
            \(processes)
                health: { path: "/doku.php" },
            }

            """)

    static let laravel = AppPreset(
        name: "laravel", summary: "Laravel, its storage shared between releases", files: [pool], shared: ["storage"],
        manifest: """
            {
                // Laravel; users see what is in public. `php artisan storage:link` makes public/storage, which leads into the shared
                // storage and is followed. Variables (APP_KEY, DB_PASSWORD) belong into environmentFiles of deployd.json.
                web: {
                    files: "public",
                    fastcgi: { to: "php", fallback: "/index.php" },
                    maxBodyBytes: "64M",
                    rules: [
                        // Packages publish their styles there.
                        { path: "/vendor/*.php", deny: true },
                        { path: "/vendor/*", deny: false },
                        { path: "/build/*", cache: "public, max-age=31536000, immutable" },
                        { path: "/*", headers: { "X-Powered-By": "" } },
                    ],
                },
            \(processes)
                hooks: { before: ["php", "artisan", "migrate", "--force"] },
                health: { path: "/up" },
            }

            """)
}
