// libpcsclite as Swift sees it. Linked dynamically: the client library must match the machine's pcscd.
#ifndef CPCSCLITE_H
#define CPCSCLITE_H

#include <PCSC/winscard.h>
#include <PCSC/reader.h>

#include <stddef.h>
#include <stdint.h>

/// Largest response libpcsclite hands over: 65548 bytes (an extended APDU with its frame).
static const size_t kassa_pcsc_buffer_bytes = MAX_BUFFER_SIZE_EXTENDED;

/// SCARD_ATTR_ATR_STRING, a macro Swift does not import.
static const DWORD kassa_pcsc_attribute_atr = SCARD_ATTR_ATR_STRING;
static const DWORD kassa_pcsc_attribute_channel = SCARD_ATTR_CHANNEL_ID;
static const DWORD kassa_pcsc_attribute_serial = SCARD_ATTR_VENDOR_IFD_SERIAL_NO;

/// CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10 §2.2).
static const uint32_t kassa_pcsc_feature_request = CM_IOCTL_GET_FEATURE_REQUEST;

/// SCARD_CTL_CODE: codes are numbered otherwise on other systems.
static inline uint32_t kassa_pcsc_control_code(uint32_t number) { return SCARD_CTL_CODE(number); }

/// LONG is 64 bits wide on LP64 and error codes come out positive there: 32 bits are the code.
static inline uint32_t kassa_pcsc_code(LONG result) { return (uint32_t)result; }

/// SCardTransmit with the protocol control information of `protocol`. `received` is 0 unless the code is SCARD_S_SUCCESS:
/// on errors the library leaves the length at the size of the buffer.
uint32_t kassa_pcsc_transmit(
    SCARDHANDLE card, DWORD protocol, const uint8_t *command, size_t length, uint8_t *buffer, size_t capacity,
    size_t *received);

#endif
