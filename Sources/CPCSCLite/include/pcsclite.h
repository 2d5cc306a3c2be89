// winscard.h includes this name with angle brackets; Debian keeps it under PCSC/.
#include <PCSC/pcsclite.h>
