#include "CPCSCLite.h"

uint32_t kassa_pcsc_transmit(
    SCARDHANDLE card, DWORD protocol, const uint8_t *command, size_t length, uint8_t *buffer, size_t capacity,
    size_t *received)
{
    const SCARD_IO_REQUEST *pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    DWORD count = capacity;
    LONG result = SCardTransmit(card, pci, command, length, NULL, buffer, &count);
    *received = result == SCARD_S_SUCCESS && count <= capacity ? count : 0;
    return (uint32_t)result;
}
