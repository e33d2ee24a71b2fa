"""How servers change versions by themselves: the command that starts each, and what is done at a deploy."""
import os
import re
import signal
import subprocess
import time


class Silent(Exception):
    """A server does not do what is waited for."""


class Way:
    """A server in the folder of its site. `site` gives the folder, the log, and what stands for @WORD@."""
    title = ""  # in the table
    words = {}  # what stands for @WORD@ in the site's files
    said = None  # what it says when it has changed, as a pattern

    def __init__(self, command):
        self.command = command

    def spawn(self, site, command=None):
        words = [site.text(word) for word in command or self.command]
        return subprocess.Popen(words, cwd=site.folder, stdin=subprocess.DEVNULL, stdout=site.log, stderr=site.log,
                                env=site.environment, start_new_session=True)

    def start(self, site):
        self.process = self.spawn(site)

    def roots(self):
        """The processes that it began with."""
        return [self.process.pid]

    def stop(self, site):
        """Ends the session of the server, whatever is left of it."""
        end(self.process)


def end(process):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        for _ in range(100):
            process.poll()
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.02)


class Signal(Way):
    """A signal to the main process; without one the server watches the file `version`.

    It has changed when its log has `times` new lines of the kind `said`, or, without that, when the new version answers.
    """

    def __init__(self, title, name, command, words=None, said=None, times=1):
        super().__init__(command)
        self.title = title
        self.signal = getattr(signal, "SIG" + name) if name else None
        self.words = words or {}
        self.said, self.times = said, times

    def deploy(self, site):
        before = os.path.getsize(f"{site.root}/log")
        if self.signal:
            os.kill(self.process.pid, self.signal)
        end = time.monotonic() + 90
        while self.said and len(re.findall(self.said, site.logged(before))) < self.times:
            if time.monotonic() > end:
                raise Silent(f"{site.server.name}: its own change of version does not end")
            time.sleep(0.05)


class Restart(Way):
    """No way of its own: stopped, and started again when it has exited (killed after ten seconds)."""
    title = "stop, start"

    def deploy(self, site):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.stop(site)
        self.start(site)


class Unicorn(Way):
    """USR2 starts a new master beside the old one; when it answers, the old one gets QUIT."""
    title = "USR2, QUIT"

    def start(self, site):
        with open(f"{site.folder}/unicorn.rb", "w") as file:
            file.write("worker_processes 2\npid 'unicorn.pid'\n")
        super().start(site)
        self.wait_for(site, lambda pid: pid)

    def wait_for(self, site, good):
        for _ in range(3000):
            try:
                pid = int(open(f"{site.folder}/unicorn.pid").read())
                if good(pid):
                    return pid
            except (OSError, ValueError):
                pass
            time.sleep(0.02)
        raise Silent("unicorn wrote no pid")

    def deploy(self, site):
        old = self.wait_for(site, lambda pid: pid)
        os.kill(old, signal.SIGUSR2)
        self.wait_for(site, lambda pid: pid != old)
        site.wait_until_answered()
        os.kill(old, signal.SIGQUIT)


class Reload(Way):
    """A second command tells the server to take its file anew."""
    title = "caddy reload"
    words = {"BIND": "@HOST@", "ADMIN": "unix//@FOLDER@/admin.sock"}

    def __init__(self, command, reload):
        super().__init__(command)
        self.reload = reload

    def deploy(self, site):
        self.spawn(site, [*self.reload, "--address", f"unix/{site.folder}/admin.sock"]).wait()


class Fpm(Way):
    """php-fpm behind nginx; USR2 to php-fpm."""
    title = "nginx, fpm USR2"

    def __init__(self, command, front):
        super().__init__(command)
        self.front = front

    def start(self, site):
        site.write("own-fpm.conf", site.read("php-fpm.conf").replace("${DEPLOYD_SOCKET}", f"{site.folder}/fpm.sock")
                   + "listen.mode = 0666\n")
        self.process = self.spawn(site)
        self.nginx = self.spawn(site, self.front)

    def roots(self):
        return [self.process.pid, self.nginx.pid]

    def deploy(self, site):
        os.kill(self.process.pid, signal.SIGUSR2)

    def stop(self, site):
        end(self.nginx)
        super().stop(site)
