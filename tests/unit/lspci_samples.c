/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lspci_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

const char lspci_root_port[] =
	"00:01.0 PCI bridge [0604]: Example Corporation Root Port #1 [8086:460d] (rev 02) (prog-if "
	"00 "
	"[Normal decode])\n"
	"\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- "
	"FastB2B- "
	"DisINTx+\n"
	"\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- "
	"<PERR- INTx-\n"
	"\tLatency: 0, Cache Line Size: 64 bytes\n"
	"\tInterrupt: pin A routed to IRQ 122\n"
	"\tNUMA node: 1\n"
	"\tIOMMU group: 2\n"
	"\tBus: primary=00, secondary=01, subordinate=03, sec-latency=0\n"
	"\tMemory behind bridge: 93800000-938fffff [size=1M] [32-bit]\n"
	"\tCapabilities: [40] Express (v2) Root Port (Slot+), IntMsgNum 0\n"
	"\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc 0\n"
	"\t\t\tExtTag+ RBE+ TEE-IO-\n"
	"\t\tDevCtl:\tCorrErr- NonFatalErr- FatalErr- UnsupReq-\n"
	"\t\t\tRlxdOrd- ExtTag- PhantFunc- AuxPwr- NoSnoop-\n"
	"\t\tLnkCap:\tPort #2, Speed 16GT/s, Width x16, ASPM L1, Exit Latency L1 <16us\n"
	"\t\tLnkSta:\tSpeed 2.5GT/s (downgraded), Width x8 (downgraded)\n"
	"\t\tSltCap:\tAttnBtn- PwrCtrl- MRL- AttnInd- PwrInd- HotPlug- Surprise-\n"
	"\t\t\tSlot #7, PowerLimit 75.000W; Interlock- NoCompl+\n"
	"\tCapabilities: [80] MSI: Enable+ Count=1/1 Maskable- 64bit-\n"
	"\t\tAddress: fee00218  Data: 0000\n"
	"\tCapabilities: [a0] Power Management version 3\n"
	"\t\tFlags: PMEClk- DSI- D1- D2- AuxCurrent=0mA PME(D0+,D1-,D2-,D3hot+,D3cold+)\n"
	"\t\tStatus: D3 NoSoftRst+ PME-Enable+ DSel=0 DScale=0 PME-\n"
	"\tCapabilities: [100 v1] Advanced Error Reporting\n"
	"\tCapabilities: [220 v1] Access Control Services\n"
	"\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- "
	"DirectTrans-\n"
	"\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd- EgressCtrl- "
	"DirectTrans-\n"
	"\tKernel driver in use: pcieport\n"
	"\n";

const char lspci_endpoint[] =
	"0000:3b:00.1 Ethernet controller: Example Corp Adapter [Dual Port] (rev 06)\n"
	"\tSubsystem: Example Corp Adapter [1590:021d]\n"
	"\tPhysical Slot: 5-1\n"
	"\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- "
	"FastB2B- "
	"DisINTx-\n"
	"\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- "
	"<PERR- INTx-\n"
	"\tRegion 0: Memory at a4000000 (32-bit, non-prefetchable) [disabled] [size=1M]\n"
	"\tRegion 2: I/O ports at e000 [size=128]\n"
	"\tRegion 3: Memory at 6040000000 (64-bit, prefetchable) [size=16G]\n"
	"\tRegion 5: Memory at <unassigned> (32-bit, non-prefetchable)\n"
	"\tExpansion ROM at a4100000 [virtual] [disabled] [size=512K]\n"
	"\tCapabilities: [70] Express (v2) Endpoint, MSI 00\n"
	"\t\tDevCap:\tMaxPayload 512 bytes, PhantFunc 0, Latency L0s <64ns, L1 <1us\n"
	"\t\t\tExtTag- AttnBtn- AttnInd- PwrInd- RBE+ FLReset+ SlotPowerLimit 0.000W\n"
	"\t\tDevCtl:\tCorrErr- NonFatalErr- FatalErr- UnsupReq-\n"
	"\t\t\tRlxdOrd- ExtTag- PhantFunc- AuxPwr- NoSnoop- FLReset-\n"
	"\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n"
	"\t\tIOVCap:\tMigration-, Interrupt Message Number: 000\n"
	"\t\tIOVCtl:\tEnable+ Migration- Interrupt- MSE+ ARIHierarchy-\n"
	"\t\tInitial VFs: 8, Total VFs: 8, Number of VFs: 2, Function Dependency Link: 01\n"
	"\t\tVF offset: 127, stride: 2, Device ID: 10ca\n"
	"\t\tRegion 0: Memory at 00000000b0000000 (64-bit, prefetchable)\n"
	"\tCapabilities: [1a0 v1] Physical Resizable BAR\n"
	"\t\tBAR 3: current size: 16GB, supported: 256MB 512MB 16GB\n"
	"\tKernel driver in use: vfio-pci\n"
	"\tKernel modules: igb, e1000e\n";

void lspci_parse_text(struct arena *arena, const char *text, struct lspci_text *ret_text)
{
	lspci_parse(arena, text, strlen(text), ret_text);
}

const struct lspci_function *lspci_only(struct arena *arena, const char *text)
{
	struct lspci_text *parsed = arena_alloc(arena, sizeof(*parsed));

	lspci_parse_text(arena, text, parsed);
	assert_int_equal(parsed->functions.count, 1);
	return parsed->functions.items;
}

void lspci_assert_place(const struct lspci_function *function, unsigned domain, unsigned bus,
			unsigned slot, unsigned number)
{
	assert_int_equal(function->address.domain, domain);
	assert_int_equal(function->address.bus, bus);
	assert_int_equal(function->address.slot, slot);
	assert_int_equal(function->address.function, number);
}
