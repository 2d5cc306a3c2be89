"""The parts of one soak: host, network, readers, card, daemon, each started and killed as a process."""
import collections, json, os, random, signal, socket, subprocess, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Published test numbers.
NUMBERS = ["4761739001010010", "4111111111111111", "4012888888881881", "4242424242424242", "4005519200000004", "4000056655665556"]
METHOD = "org.kassa.terminal.diagnostics."
STATE_SIZE = 512 << 20

Size = collections.namedtuple("Size", "resident own files threads log")


class Shop:
    def __init__(self, folder, binaries, library, seed):
        self.folder, self.binaries, self.random = folder, binaries, random.Random(seed)
        self.host = self.daemon = self.card = self.pcscd = self.proxy = None
        self.state = folder + "/state"
        self.set_up(library, seed)

    # Processes

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, program, *arguments, text=None):
        done = subprocess.run([f"{self.binaries}/{program}", *arguments], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(arguments[:2])}: {done.stderr.strip()}")
        return done.stdout

    def start(self, log, *command, **more):
        with open(self.path(log), "ab") as output:
            return subprocess.Popen(command, stdout=output, stderr=output, stdin=more.get("stdin", subprocess.DEVNULL))

    @staticmethod
    def end(process, sign=signal.SIGKILL):
        if process and process.poll() is None:
            process.send_signal(sign)
        if process:
            process.wait(30)

    def set_up(self, library, seed):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        os.makedirs("/run/pcscd", exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/pcscd"], check=True)
        for name in ("state", "readers", "programmes", "host"):
            os.mkdir(self.path(name))
        # A disk of its own, so that it can be filled.
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={STATE_SIZE}", "tmpfs", self.state], check=True)
        driver = self.path("libifdvpcd.so")
        with open(library, "rb") as source, open(driver, "wb") as target:
            target.write(source.read())
        self.write("readers/vpcd", f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH {driver}\nCHANNELID 0x8C7B\n')
        os.rmdir(self.path("host"))
        self.run("kassa-host", "init", "--dir", self.path("host"), "--issuer-master-key", "-", text=self.run("kassa-card", "issuer-key"))
        self.run("kassa-host", "export-trust", "--dir", self.path("host"), "--out", self.path("trust"))
        self.write("ca-keys.toml", self.run("kassa-card", "ca-keys"))
        # The shipped programme with room for any number of purchases a day.
        with open(ROOT + "/Sources/Programmes/Resources/epassi-card.toml") as shipped:
            lines = ["approved_per_day = 1000000\n" if line.startswith("approved_per_day") else line for line in shipped]
        os.makedirs(self.path("host/programmes.d"), exist_ok=True)
        for name in ("programmes/epassi-card.toml", "host/programmes.d/epassi-card.toml"):
            self.write(name, "".join(lines))
        self.write("kassad.toml", f"""
terminal = "T1"
state_directory = "{self.state}"
ca_keys = "{self.path("ca-keys.toml")}"
programmes = "{self.path("programmes")}"
[diagnostics]
socket = "{self.path("diagnostics")}"
[host]
url = "https://localhost:8445"
trust_directory = "{self.path("trust")}"
authorisation_timeout_ms = 2000
probe_timeout_ms = 1500
retry_cap_ms = 1000
keep_alive_ms = 1000
[lane]
reader = "Virtual PCD 00 00"
country = 752
time_zone = "Europe/Stockholm"
takes_lying_card = true
""")
        key = self.run("kassad", "--config", self.path("kassad.toml"), "--print-device-key").strip()
        self.run("kassa-host", "terminal", "add", "--dir", self.path("host"), "--id", "T1", "--merchant", "Soak", "--key", key,
                 "--merchant-category", "5812", "--enrol", "epassi-card", "--exposure-cap", "10000000000")
        for number, pan in enumerate(NUMBERS):
            self.run("kassa-host", "account", "add", "--dir", self.path("host"), "--id", f"A{number}", "--programme", "epassi-card",
                     "--currency", "SEK", "--balance", "9000000.00", "--pan", pan, "--terminal", "T1", "--offline-allowance",
                     "9000000.00", "--offline-count", "1000000", "--offline-per-transaction", "500.00")
        self.proxy = subprocess.Popen(
            [ROOT + "/Tests/Support/fault-proxy", "--to", "127.0.0.1:8444", "--listen", "8445", "--seed", str(seed), "--identity",
             self.path("host/host-certificate.pem"), self.path("host/host-tls-key.pem"), "--client",
             f"{self.state}/client-certificate.pem"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.proxy.stdout.readline()
        self.start_host()
        self.start_pcscd()
        self.start_daemon()
        self.lay_card()

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    # What can be done to them

    def network(self, mode):
        self.proxy.stdin.write(f"mode {mode}\n")
        self.proxy.stdin.flush()
        self.proxy.stdout.readline()

    def met(self):
        self.proxy.stdin.write("counts\n")
        self.proxy.stdin.flush()
        return json.loads(self.proxy.stdout.readline())

    def start_host(self):
        self.host = self.start("host.log", f"{self.binaries}/kassa-host", "run", "--dir", self.path("host"), "--listen", "127.0.0.1:8444")

    def start_pcscd(self):
        self.pcscd = self.start("pcscd.log", "pcscd", "--foreground", "--config", self.path("readers"))

    def start_daemon(self):
        self.daemon = self.start("kassad.log", f"{self.binaries}/kassad", "--config", self.path("kassad.toml"), "--log-level", "warning")

    def lay_card(self, *faults):
        self.end(self.card)
        pan = self.random.choice(NUMBERS)
        self.card = self.start("card.log", f"{self.binaries}/kassa-card", "visa", "--pan", pan, "--balance", "9000000.00", "--expiry",
                               "2049-12", "--quiet", *faults)

    def fill_disk(self):
        with open(self.state + "/balloon", "wb", buffering=0) as balloon:
            try:
                while True:
                    balloon.write(bytes(1 << 20))
            except OSError:
                pass
            try:
                while True:
                    balloon.write(bytes(512))
            except OSError:
                pass

    def free_disk(self):
        try:
            os.remove(self.state + "/balloon")
        except FileNotFoundError:
            pass

    def end_all(self):
        for process in (self.card, self.daemon, self.host, self.pcscd, self.proxy):
            self.end(process)

    # What they say

    def call(self, name, parameters=None, timeout=90):
        """One Varlink call on a connection of its own; OSError when the daemon is not there or goes away."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(self.path("diagnostics"))
            connection.sendall(json.dumps({"method": METHOD + name, "parameters": parameters or {}}).encode() + b"\0")
            data = b""
            while not data.endswith(b"\0"):
                part = connection.recv(65536)
                if not part:
                    raise ConnectionError("closed")
                data += part
        return json.loads(data[:-1])

    def status(self):
        try:
            return self.call("GetStatus", timeout=10).get("parameters")
        except (OSError, ValueError):
            return None

    def await_status(self, what, holds, seconds=60):
        end = time.monotonic() + seconds
        last = None
        while time.monotonic() < end:
            last = self.status()
            if last and holds(last):
                return last
            time.sleep(0.1)
        raise RuntimeError(f"waited in vain: {what}; last seen {last}")

    def size(self, process=None):
        """What the daemon, or another process, takes; None while it is not there. KiB resident, KiB of it that are its own
        (heap and stacks; the rest are pages of its program file, which come in as code runs for the first time), open files,
        threads, and bytes of the daemon's write-ahead log."""
        try:
            pid = (process or self.daemon).pid
            with open(f"/proc/{pid}/status") as file:
                lines = dict(line.split(":", 1) for line in file)
            values = [int(lines[name].split()[0]) for name in ("VmRSS", "RssAnon", "Threads")]
            log = self.state + "/kassad.sqlite-wal"
            return Size(values[0], values[1], len(os.listdir(f"/proc/{pid}/fd")), values[2],
                        os.path.getsize(log) if os.path.exists(log) else 0)
        except (OSError, KeyError, ValueError):
            return None

    def anonymous(self):
        """Where the daemon's own memory is, in words: the first heap, mappings without a name (other heaps, stacks), what it has
        written to of its program files; KiB."""
        places = dict.fromkeys(("heap", "unnamed", "of files"), 0)
        try:
            with open(f"/proc/{self.daemon.pid}/smaps") as file:
                place = "unnamed"
                for line in file:
                    words = line.split()
                    if "-" in words[0]:
                        name = words[5] if len(words) > 5 else ""
                        place = "heap" if name == "[heap]" else "of files" if name.startswith("/") else "unnamed"
                    elif words[0] == "Anonymous:":
                        places[place] += int(words[1])
        except (OSError, IndexError, ValueError):
            return "unknown"
        return ", ".join(f"{place} {size} KiB" for place, size in places.items())
