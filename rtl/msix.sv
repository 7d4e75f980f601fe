// SPDX-License-Identifier: Apache-2.0
// MSI-X tables and pending bits of all functions, and the messages they become. Twin of
// model/msix.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Messages". An access visible in cycle c acts in
// tick c; rdata_o answers to func_i and addr_i in their cycle. A vector that is sent in tick c is
// pending from c+1 on; a request that is possible in c is visible to the host port in c+1, with the
// address and the data that were visible in c. done_i in c ends the request and the pending bit in
// tick c, which a sending in c sets again. CTRL.RST does not reach this module.
//
// An entry has one number here: the PF's are 0 to MsixPf-1, that of VF n's vector v (of the device)
// is Vf0 + v. So the PF's come first, then the lowest vector, which is the order of requests.
// Address and data are memories: cleared by initialisation, not by rst_ni.
// Known differences: none.

module msix #(
  localparam int unsigned Vfs     = nic_82576_pkg::Vfs,
  localparam int unsigned Vectors = nic_82576_pkg::Vectors
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // from regs_82576: access to BAR3 (func: 0 the PF, 1+n VF n), and to it the dword at addr
  input  logic               valid_i,
  input  logic               write_i,
  input  logic [7:0]         func_i,
  input  logic [19:0]        addr_i,
  input  logic [3:0]         be_i,
  input  logic [31:0]        wdata_i,
  output logic [31:0]        rdata_o,

  // from irq_82576 and eitr: vectors that are sent in this tick
  input  logic [Vectors-1:0] sent_i,

  // from pci_config_82576, bit 0 the PF, 1+n VF n
  input  logic [Vfs:0]       msix_en_i,     // level: MSI-X is on
  input  logic [Vfs:0]       msix_mask_i,   // level: all vectors of the function are masked
  input  logic [Vfs:0]       may_request_i, // level
  input  logic [Vfs:0]       func_reset_i,  // pulse: FLR of the function, or the VF starts
  input  logic [Vfs-1:0]     there_i,       // level, bit n VF n

  // host port: one request of 4 bytes, a level until done
  output logic               req_valid_o,
  output logic [7:0]         req_func_o,
  output logic [63:0]        req_addr_o,
  output logic [31:0]        req_data_o,
  input  logic               done_i         // pulse: it is sent
);

  localparam int unsigned MsixPf  = nic_82576_pkg::MsixPf;
  localparam int unsigned MsixVf  = nic_82576_pkg::MsixVf;
  localparam int unsigned Vf0     = MsixPf - (Vectors - Vfs * MsixVf);
  localparam int unsigned Entries = MsixPf + Vfs * MsixVf;
  localparam int unsigned EntryW  = $clog2(Entries);

  localparam logic [31:0] Pba    = nic_82576_pkg::IGB_CFG_MSIX_PBA_RESET;
  localparam int unsigned PbaLsb = nic_82576_pkg::IGB_CFG_MSIX_PBA_OFFSET_LSB;

  // Bits of an address that are decoded: 16 KiB.
  localparam int unsigned AddrW = 14;

  // Dwords of an entry.
  localparam logic [1:0] AddrLow  = 2'd0;
  localparam logic [1:0] AddrHigh = 2'd1;
  localparam logic [1:0] Data     = 2'd2;
  localparam logic [1:0] Control  = 2'd3;

  logic [Entries-1:0] mask_d, mask_q; // bit e: of entry e
  logic [Entries-1:0] pend_d, pend_q;
  logic               req_d, req_q;
  logic               own_d, own_q;   // what it is for is the pending bit of its entry
  logic [EntryW-1:0]  entry_d, entry_q;
  logic [63:0]        to_d, to_q;     // address
  logic [31:0]        value_d, value_q;

  logic [29:0] addr_low  [Entries];
  logic [31:0] addr_high [Entries];
  logic [31:0] data      [Entries];

  // First entry of a VF, its vectors 0 to 2 follow.
  function automatic int unsigned vf_entry(input int unsigned vf);
    vf_entry = Vf0 + Vectors - MsixVf * (vf + 1);
  endfunction

  // Mask of entries from a mask of functions.
  function automatic logic [Entries-1:0] entries_of(input logic [Vfs:0] functions);
    entries_of = '0;
    entries_of[MsixPf-1:0] = {MsixPf{functions[0]}};
    for (int unsigned n = 0; n < Vfs; n++) begin
      entries_of[vf_entry(n) +: MsixVf] = {MsixVf{functions[1+n]}};
    end
  endfunction

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic               at_valid;  // there is an entry
  logic [EntryW-1:0]  at;        // which
  logic               at_pba;    // the dword of the pending bits
  logic [9:0]         row;       // of the function's table
  logic [1:0]         dword;
  logic [MsixPf-1:0]  pba;       // of the function
  logic [7:0]         func;      // of the request

  assign row    = addr_i[AddrW-1:4];
  assign dword  = addr_i[3:2];
  assign at_pba = addr_i[AddrW-1:2] == {Pba[AddrW-1:PbaLsb], 1'b0};

  always_comb begin
    at_valid = func_i == '0 && row < 10'(MsixPf);
    at       = EntryW'(row);
    pba      = func_i == '0 ? pend_q[MsixPf-1:0] : '0;
    func     = '0;
    for (int unsigned n = 0; n < Vfs; n++) begin
      if (func_i == 8'(1 + n)) begin
        at_valid = row < 10'(MsixVf);
        at       = EntryW'(vf_entry(n)) + EntryW'(row);
        pba      = MsixPf'(pend_q[vf_entry(n) +: MsixVf]);
      end
      if (entry_q >= EntryW'(vf_entry(n)) && entry_q < EntryW'(vf_entry(n) + MsixVf)) begin
        func = 8'(1 + n);
      end
    end
  end

  always_comb begin
    rdata_o = '0;
    if (at_pba) begin
      rdata_o = 32'(pba);
    end else if (at_valid) begin
      unique case (dword)
        AddrLow:  rdata_o = {addr_low[at], 2'b00};
        AddrHigh: rdata_o = addr_high[at];
        Data:     rdata_o = data[at];
        default:  rdata_o = 32'(mask_q[at]); // Control
      endcase
    end
  end

  assign req_valid_o = req_q;
  assign req_func_o  = func;
  assign req_addr_o  = to_q;
  assign req_data_o  = value_q;

  ////////////////
  // Next state //
  ////////////////

  logic               write;    // an entry is written
  logic [Vfs:0]       there;
  logic [Entries-1:0] of_vf;    // entries of VFs that are there
  logic [Entries-1:0] set;      // entries of the vectors, each that of its owner
  logic [Entries-1:0] cleared;
  logic [Entries-1:0] ended;    // `done` is of these
  logic [Entries-1:0] possible; // pending, and nothing masks them
  logic [EntryW-1:0]  first;

  assign write = valid_i && write_i && at_valid && be_i == '1;
  assign there = {there_i, 1'b1};
  assign of_vf = entries_of({there_i, 1'b0});

  assign cleared  = entries_of(~msix_en_i | ~there | func_reset_i);
  assign possible = pend_q & ~mask_q & ~ended &
                    entries_of(msix_en_i & ~msix_mask_i & may_request_i & ~func_reset_i & there);

  always_comb begin
    set = '0;
    for (int unsigned v = 0; v < Vectors; v++) begin
      if (of_vf[Vf0+v]) set[Vf0+v] |= sent_i[v];
      else if (v < MsixPf) set[v] |= sent_i[v];
    end

    ended = '0;
    if (done_i && own_q) ended[entry_q] = 1'b1;

    first = '0;
    for (int i = Entries - 1; i >= 0; i--) begin
      if (possible[i]) first = EntryW'(i);
    end
  end

  always_comb begin
    req_d   = req_q && !done_i;
    own_d   = own_q && !done_i && !cleared[entry_q];
    entry_d = entry_q;
    to_d    = to_q;
    value_d = value_q;
    mask_d  = mask_q;

    // 1. the request
    if (!req_d && possible != '0) begin
      req_d   = 1'b1;
      own_d   = 1'b1;
      entry_d = first;
      to_d    = {addr_high[first], addr_low[first], 2'b00};
      value_d = data[first];
    end

    // 2. pending bits
    pend_d = ((pend_q & ~ended) | set) & ~cleared;

    // 3. software, and resets
    if (write && dword == Control) mask_d[at] = wdata_i[0];
    mask_d |= entries_of(func_reset_i);
  end

  logic unused_addr;
  assign unused_addr = ^{addr_i[19:AddrW], addr_i[1:0]};

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mask_q  <= '1;
      pend_q  <= '0;
      req_q   <= 1'b0;
      own_q   <= 1'b0;
      entry_q <= '0;
      to_q    <= '0;
      value_q <= '0;
    end else begin
      mask_q  <= mask_d;
      pend_q  <= pend_d;
      req_q   <= req_d;
      own_q   <= own_d;
      entry_q <= entry_d;
      to_q    <= to_d;
      value_q <= value_d;
    end
  end

  // Memories

  initial begin
    for (int i = 0; i < Entries; i++) begin
      addr_low[i]  = '0;
      addr_high[i] = '0;
      data[i]      = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write && dword == AddrLow) addr_low[at] <= wdata_i[31:2];
  end

  always_ff @(posedge clk_i) begin
    if (write && dword == AddrHigh) addr_high[at] <= wdata_i;
  end

  always_ff @(posedge clk_i) begin
    if (write && dword == Data) data[at] <= wdata_i;
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // The request is for a pending bit, unless that was reset since.
      Own_A:  assert (!own_q || (req_q && pend_q[entry_q]));
      // What is pending stays so until it is sent or reset.
      Kept_A: assert ((pend_q & ~pend_d & ~cleared & ~ended) == '0);
    end
  end
`endif

endmodule
