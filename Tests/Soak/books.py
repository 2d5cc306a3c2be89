"""Compares what the till was told, the terminal's journal and the host's books."""
import json, os, shutil, sqlite3


def journal(shop):
    """Reference, payment, kind and approved minor units of each record, from a copy of the file as the daemon left it."""
    copy = shop.path("copy")
    os.makedirs(copy, exist_ok=True)
    for name in os.listdir(shop.state):
        if name.startswith("kassad.sqlite"):
            shutil.copy(f"{shop.state}/{name}", copy)
    with sqlite3.connect(copy + "/kassad.sqlite") as database:
        whole = database.execute("PRAGMA integrity_check").fetchone()[0]
        waiting = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
        rows = [json.loads(bytes(row[0])) for row in database.execute("SELECT body FROM journal ORDER BY sequence")]
    return rows, whole, waiting


def compare(shop, told):
    """Invariant counts, and what is wrong in words."""
    wrong = []
    ledger = json.loads(shop.run("kassa-host", "ledger", "--dir", shop.path("host"), "--json"))
    rows, whole, waiting = journal(shop)
    if whole != "ok":
        wrong.append(f"journal: {whole}")
    if waiting:
        wrong.append(f"{waiting} records left in the outbox")
    approved, of_reference = {}, {}
    for row in rows:
        amount = row["approved"]["minorUnits"] if row["kind"] in ("offlineApproval", "onlineApproval") else 0
        approved[row["payment"]] = approved.get(row["payment"], 0) + amount
        if row.get("reference"):
            of_reference.setdefault(row["reference"], set()).add(row["payment"])
    booked = {}
    for entry in ledger["payments"]:
        booked[entry["payment"]] = booked.get(entry["payment"], 0) + entry["amount"]
    lost = doubled = 0
    for reference, amount in told.items():
        payments = of_reference.get(reference, set())
        if len(payments) > 1:
            doubled += 1
        if sum(approved[payment] for payment in payments) != amount:
            lost += 1
            wrong.append(f"{reference}: told {amount}, in the journal {[approved[payment] for payment in payments]}")
    for payment, amount in approved.items():
        at_host = -booked.get(payment, 0)
        if at_host < amount:
            lost += 1
            wrong.append(f"{payment}: {amount} in the journal, {at_host} in the books")
        if at_host > amount:
            doubled += 1
            wrong.append(f"{payment}: {amount} in the journal, {at_host} in the books")
    for payment in set(booked) - set(approved):
        doubled += 1
        wrong.append(f"{payment}: in the books alone, {booked[payment]}")
    balances = sum(account["balance"] for account in ledger["accounts"])
    difference = len(ledger["accounts"]) * 900_000_000 - balances - sum(approved.values())
    terminal = ledger["terminals"][0]
    if terminal["records"] != len(rows) or terminal["missing"]:
        wrong.append(f"{len(rows)} records in the journal, {terminal['records']} at the host, missing {terminal['missing']}")
    wrong += [f"books: {fault}" for fault in ledger["faults"]]
    wrong += [f"alarm {alarm['kind']} {alarm['detail']}" for alarm in ledger["alarms"]]
    wrong += [f"held: {held['record']} {held['reason']}" for held in ledger["held"]]
    kinds = {}
    for row in rows:
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    return {"records": len(rows), "kinds": kinds, "lost": lost, "doubled": doubled, "difference": difference}, wrong


def slope(samples):
    """Least squares of (seconds, KiB): KiB a minute, and what that makes over all of them."""
    count = len(samples)
    if count < 30:
        return None
    mean_x = sum(x for x, _ in samples) / count
    mean_y = sum(y for _, y in samples) / count
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread if spread else 0
    return rise * 60, rise * (samples[-1][0] - samples[0][0])
