extension TagJudge {
    static let script = #"""
        import hashlib, json, random, re, sys, zlib
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        from cryptography.hazmat.primitives.cmac import CMAC
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        ZERO = bytes(16)
        def cbc(key, iv, data, decrypt=False):
            cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
            run = cipher.decryptor() if decrypt else cipher.encryptor()
            return run.update(data) + run.finalize()
        def cmac(key, data):
            mac = CMAC(algorithms.AES(key)); mac.update(data); return mac.finalize()
        def short(mac): return mac[1::2]
        def H(data): return data.hex().upper()
        def le(number, size): return number.to_bytes(size, 'little')
        def diversified(master, uid, label):
            # AN10922: pad to two blocks, XOR the last one with the second subkey, encipher in CBC mode.
            data = b'\x01' + uid + label
            low = cbc(master, ZERO, ZERO)
            def double(block):
                number = int.from_bytes(block, 'big') << 1
                return (number & (1 << 128) - 1 ^ (0x87 if number >> 128 else 0)).to_bytes(16, 'big')
            k1 = double(low); k2 = double(k1)
            if len(data) < 32: data, mask = data + b'\x80' + bytes(31 - len(data)), k2
            else: mask = k1
            last = bytes(a ^ b for a, b in zip(data[16:], mask))
            return cbc(master, ZERO, data[:16] + last)[16:]
        rng = random.Random(424)
        def some(count): return bytes(rng.randrange(256) for _ in range(count))

        # SDM
        def tap_key(key, label, uid, counter): return cmac(key, label + bytes.fromhex('00010080') + uid + le(counter, 3))
        def mirrored(kind, meta, key, uid, counter, data, fill):
            picc = H(cbc(meta, ZERO, b'\xC7' + uid + le(counter, 3) + fill))
            mac_key = tap_key(key, b'\x3C\xC3', uid, counter)
            if kind == 'plain':
                return 'https://t.example/p?uid=%s&ctr=%06X&cmac=%s' % (H(uid), counter, H(short(cmac(mac_key, b''))))
            if kind == 'picc':
                return 'https://kassa.example/t?picc_data=%s&cmac=%s' % (picc, H(short(cmac(mac_key, b''))))
            enc = tap_key(key, b'\xC3\x3C', uid, counter)
            body = H(cbc(enc, cbc(enc, ZERO, le(counter, 3) + bytes(13)), data))
            covered = body + '&n=7&cmac='
            return 'https://t.example/d?picc_data=%s&enc=%s%s' % (picc, covered, H(short(cmac(mac_key, covered.encode()))))

        # Sessions
        def keys_of(key, a, b):
            tail = a[:2] + bytes(x ^ y for x, y in zip(a[2:8], b[:6])) + b[6:] + a[8:]
            return [cmac(key, label + bytes.fromhex('00010080') + tail) for label in (b'\xA5\x5A', b'\x5A\xA5')]
        def left(block): return block[1:] + block[:1]
        def handshake(key, number, a, b, ti):
            return [[H(b'\x90\x71\0\0\2' + bytes([number]) + b'\0\0'), H(cbc(key, ZERO, b) + b'\x91\xAF')],
                    [H(b'\x90\xAF\0\0\x20' + cbc(key, ZERO, a + left(b)) + b'\0'),
                     H(cbc(key, ZERO, ti + left(a) + bytes(12)) + b'\x91\0')]]
        def pad(data): return data + b'\x80' + bytes(15 - len(data) % 16)
        def exchange(keys, ti, number, mode, ins, header, data, reply, reply_mode=None):
            enc, mac = keys
            body = data
            if mode == 'full' and data:
                body = cbc(enc, cbc(enc, ZERO, b'\xA5\x5A' + ti + le(number, 2) + bytes(8)), pad(data))
            sent = header + body
            if mode != 'plain': sent += short(cmac(mac, bytes([ins]) + le(number, 2) + ti + sent))
            body = reply
            if (reply_mode or mode) == 'full' and reply:
                body = cbc(enc, cbc(enc, ZERO, b'\x5A\xA5' + ti + le(number + 1, 2) + bytes(8)), pad(reply))
            if mode != 'plain': body += short(cmac(mac, b'\0' + le(number + 1, 2) + ti + body))
            return [H(b'\x90' + bytes([ins]) + b'\0\0' + bytes([len(sent)]) + sent + b'\0'), H(body + b'\x91\0')]

        # Taps
        URL, VALUE = b'kassa-url-1', b'kassa-value-1'
        def terms(t): return bytes.fromhex(t['payment']) + t['numeric'].to_bytes(2, 'big') + t['amount'].to_bytes(8, 'big', signed=True)
        def random_a(t): return hashlib.sha256(b'kassa-tag-challenge-1\0' + bytes.fromhex(t['nonce']) + terms(t)).digest()[:16]
        def evidence_mac(mac_key, t, read):
            number = t['counter'].to_bytes(3, 'big')
            said = terms(t) + bytes.fromhex(t['uid']) + number + (b'\0' if read is None else b'\1' + read.to_bytes(3, 'big'))
            return cmac(cmac(mac_key, b'kassa-tag-payment-1'), said)
        def tap():
            t = dict(master=H(some(16)), meta=H(some(16)), uid=H(b'\x04' + some(6)), counter=rng.randrange(1, 1 << 24),
                     payment=H(some(16)), numeric=rng.choice([752, 978, 208]), amount=rng.randrange(1 << 40), nonce=H(some(16)),
                     fill=H(some(5)), randomB=H(some(16)), transaction=H(some(4)))
            raw = {k: bytes.fromhex(t[k]) for k in ('master', 'meta', 'uid', 'fill', 'randomB', 'transaction')}
            url = mirrored('picc', raw['meta'], diversified(raw['master'], raw['uid'], URL), raw['uid'], t['counter'], b'', raw['fill'])
            text = b'\x04' + url[len('https://'):].encode()
            record = b'\xD1\x01' + bytes([len(text)]) + b'U' + text
            x = [['00A4040007D276000085010100', '9000'], ['00A4000C02E104', '9000'],
                 ['00B0000002', H(len(record).to_bytes(2, 'big') + b'\x90\0')]]
            for start in range(0, len(record), 128):
                part = record[start:start + 128]
                x.append([H(b'\0\xB0' + (start + 2).to_bytes(2, 'big') + bytes([len(part)])), H(part + b'\x90\0')])
            key, a, b, ti = diversified(raw['master'], raw['uid'], VALUE), random_a(t), raw['randomB'], raw['transaction']
            x += handshake(key, 3, a, b, ti)
            keys = keys_of(key, a, b)
            x.append(exchange(keys, ti, 0, 'mac', 0x51, b'', b'', raw['uid'], 'full'))
            x.append(exchange(keys, ti, 1, 'mac', 0xF6, b'\2', b'', le(t['counter'], 3) + b'\0\0', 'full'))
            t['exchanges'] = x
            t['mac'] = H(evidence_mac(keys[1], t, t['counter']))
            return t
        def check_evidence(case):
            data, master = bytes.fromhex(case['evidence']), bytes.fromhex(case['master'])
            assert data[0] == 0xE1
            at, objects = (3 if data[1] == 0x81 else 2), {}
            assert len(data) == at + data[at - 1]
            while at < len(data):
                objects[data[at]] = data[at + 2:at + 2 + data[at + 1]]; at += 2 + data[at + 1]
            t = dict(uid=H(objects[0x80]), counter=int.from_bytes(objects[0x81], 'big'), payment=H(objects[0x88]),
                     numeric=int.from_bytes(objects[0x89], 'big'), amount=int.from_bytes(objects[0x8A], 'big'), nonce=H(objects[0x84]))
            key, a = diversified(master, objects[0x80], VALUE), random_a(t)
            b = cbc(key, ZERO, objects[0x85], True)
            plain = cbc(key, ZERO, objects[0x86], True)
            if plain[4:20] != left(a): return 'answer'
            read = int.from_bytes(objects[0x82], 'big') if 0x82 in objects else None
            return 'good' if evidence_mac(keys_of(key, a, b)[1], t, read) == objects[0x87] else 'mac'

        def session():
            key, number, a, b, ti = some(16), rng.randrange(5), some(16), some(16), some(4)
            keys, commands = keys_of(key, a, b), []
            # The file's bytes as they are written and read.
            content = bytearray(128)
            for count in range(rng.randrange(3, 9)):
                mode = 'full'
                size = rng.randrange(1, 60); offset = rng.randrange(128 - size)
                header = b'\3' + le(offset, 3) + le(size, 3)
                if rng.randrange(2):
                    data = some(size); content[offset:offset + size] = data
                    x = exchange(keys, ti, count, mode, 0x8D, header, data, b'')
                    commands.append([mode, '8D', str(offset), H(data), ''] + x)
                else:
                    data = bytes(content[offset:offset + size])
                    x = exchange(keys, ti, count, mode, 0xAD, header, b'', data)
                    commands.append([mode, 'AD', str(offset), '', H(data)] + x)
            return dict(key=H(key), number=number, randomA=H(a), randomB=H(b), transaction=H(ti),
                        handshake=handshake(key, number, a, b, ti), commands=commands)
        def mac_session():
            key, number, a, b, ti = some(16), rng.randrange(5), some(16), some(16), some(4)
            keys, commands, content = keys_of(key, a, b), [], bytearray(128)
            for count in range(4):
                size = rng.randrange(1, 60); offset = rng.randrange(128 - size)
                header = b'\3' + le(offset, 3) + le(size, 3)
                if count % 2 == 0:
                    data = some(size); content[offset:offset + size] = data
                    commands.append(['mac', '8D', str(offset), H(data), ''] + exchange(keys, ti, count, 'mac', 0x8D, header, data, b''))
                else:
                    data = bytes(content[offset:offset + size])
                    commands.append(['mac', 'AD', str(offset), '', H(data)] + exchange(keys, ti, count, 'mac', 0xAD, header, b'', data))
            return dict(key=H(key), number=number, randomA=H(a), randomB=H(b), transaction=H(ti),
                        handshake=handshake(key, number, a, b, ti), commands=commands)
        def key_session():
            key, a, b, ti = some(16), some(16), some(16), some(4)
            keys, commands = keys_of(key, a, b), []
            new = some(16); number = rng.randrange(1, 5)
            # The chip's keys are all the same before.
            mixed = bytes(x ^ y for x, y in zip(new, key))
            crc = le(zlib.crc32(new) ^ 0xFFFFFFFF, 4)
            commands.append(['key', str(number), H(new), H(key), ''] + exchange(keys, ti, 0, 'full', 0xC4, bytes([number]), mixed + b'\1' + crc, b''))
            last = exchange(keys, ti, 1, 'full', 0xC4, b'\0', new + b'\1', b'')
            commands.append(['key', '0', H(new), '', ''] + [last[0], '9100'])
            return dict(key=H(key), number=0, randomA=H(a), randomB=H(b), transaction=H(ti),
                        handshake=handshake(key, 0, a, b, ti), commands=commands)

        # Telephones
        def tlv(tag, value):
            size = len(value)
            head = bytes([size]) if size < 128 else b'\x81' + bytes([size]) if size < 256 else b'\x82' + size.to_bytes(2, 'big')
            return bytes([tag]) + head + value
        def challenge(t):
            said = terms(t)
            return tlv(0xE1, tlv(0x84, bytes.fromhex(t['nonce'])) + tlv(0x88, said[:16]) + tlv(0x89, said[16:18]) + tlv(0x8A, said[18:]))
        def sign(key, data):
            r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, 'big') + s.to_bytes(32, 'big')
        def verify(point, signature, data):
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            both = utils.encode_dss_signature(int.from_bytes(signature[:32], 'big'), int.from_bytes(signature[32:], 'big'))
            key.verify(both, data, ec.ECDSA(hashes.SHA256()))
        def point(key): return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        def telephone():
            issuer, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
            t = dict(issuer=H(point(issuer)), payment=H(some(16)), numeric=752, amount=rng.randrange(1 << 40), nonce=H(some(16)),
                     instrument=H(some(16)), expiry=rng.randrange(1 << 44), verification=rng.randrange(2), counter=rng.randrange(1 << 32))
            instrument, expiry = bytes.fromhex(t['instrument']), t['expiry'].to_bytes(8, 'big')
            grant = sign(issuer, b'kassa-phone-credential-1\0' + instrument + point(own) + expiry)
            credential = tlv(0xEC, tlv(0x90, instrument) + tlv(0x91, point(own)) + tlv(0x92, expiry) + tlv(0x93, grant))
            count = t['counter'].to_bytes(4, 'big')
            signature = sign(own, b'kassa-phone-payment-1\0' + challenge(t) + credential + bytes([t['verification']]) + count)
            body = credential + tlv(0x94, bytes([t['verification']])) + tlv(0x95, count) + tlv(0x96, signature)
            t['answer'] = H(tlv(0xE2, body))
            return t
        def parts(data):
            found, at = [], 0
            while at < len(data):
                start, tag, size = at, data[at], data[at + 1]; at += 2
                if size & 0x80:
                    width = size & 0x7F; size = int.from_bytes(data[at:at + width], 'big'); at += width
                assert at + size <= len(data)
                found.append((tag, data[at:at + size], data[start:at + size])); at += size
            return found
        def check_telephone(t):
            (tag, body, _), = parts(bytes.fromhex(t['answer']))
            assert tag == 0xE2
            (ec_, credential, raw), (_, verification, _), (_, count, _), (_, signature, _) = parts(body)
            fields = {tag: value for tag, value, _ in parts(credential)}
            assert H(fields[0x90]) == t['instrument'] and int.from_bytes(fields[0x92], 'big') == t['expiry']
            assert verification == bytes([t['verification']]) and int.from_bytes(count, 'big') == t['counter']
            verify(bytes.fromhex(t['issuer']), fields[0x93], b'kassa-phone-credential-1\0' + fields[0x90] + fields[0x91] + fields[0x92])
            verify(fields[0x91], signature, b'kassa-phone-payment-1\0' + challenge(t) + raw + verification + count)
            return 'good'

        def check_url(m):
            get = lambda name: re.search('[?&]' + name + '=([0-9A-F]*)', m['url']).group(1)
            meta, key = bytes.fromhex(m['meta']), bytes.fromhex(m['file'])
            if m['kind'] == 'plain': uid, counter, fill = bytes.fromhex(get('uid')), int(get('ctr'), 16), bytes(5)
            else:
                plain = cbc(meta, ZERO, bytes.fromhex(get('picc_data')), True)
                if plain[0] != 0xC7: return 'tag'
                uid, counter, fill = plain[1:8], int.from_bytes(plain[8:11], 'little'), plain[11:]
            if H(uid) != m['uid'] or counter != m['counter']: return 'identity'
            again = mirrored(m['kind'], meta, key, uid, counter, bytes.fromhex(m['data']), fill)
            return 'good' if again == m['url'] else again
        def url():
            kind = rng.choice(['picc', 'data', 'plain'])
            meta, key, uid, counter = some(16), some(16), b'\x04' + some(6), rng.randrange(1, 1 << 24)
            data = some(16 * rng.randrange(1, 4)) if kind == 'data' else b''
            return dict(kind=kind, meta=H(meta), file=H(key), uid=H(uid), counter=counter, data=H(data),
                        url=mirrored(kind, meta, key, uid, counter, data, some(5)))

        makers = dict(urls=url, taps=tap, sessions=session, macs=mac_session, keys=key_session, telephones=telephone)
        judges = {'check-urls': check_url, 'check-evidence': check_evidence, 'check-telephones': check_telephone}
        source, target, what = sys.argv[1:4]
        with open(target, 'w') as out:
            if what in makers:
                for _ in range(int(sys.argv[4])): out.write(json.dumps(makers[what]()) + '\n')
            else:
                for line in open(source):
                    try: word = judges[what](json.loads(line))
                    except Exception as e: word = type(e).__name__ + ' ' + str(e)
                    out.write(word + '\n')
        """#
}
