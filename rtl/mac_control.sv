// SPDX-License-Identifier: Apache-2.0
// What flow control makes of a received frame: PAUSE and other MAC control frames. Twin of
// rx_control() of model/rx_filter.c; what the results mean is said in its header.
//
// Cycle contract: combinational, a function of the first bytes of the frame, of its length and of
// the registers as they are visible now. For frames without errors and of legal length.
// Known differences: is_mac_control, which nobody wants, is not told.
module mac_control (
  // the frame as it came: byte n in bits 8n+7:8n; what lies behind its end does not matter
  input  logic [143:0] head_i,
  input  logic [14:0]  len_i,     // with FCS

  // from regs
  input  logic         rfce_i,    // CTRL.RFCE
  input  logic         dpf_i,     // RCTL.DPF
  input  logic         pmcf_i,    // RCTL.PMCF
  input  logic [15:0]  fct_i,
  input  logic [31:0]  fcal_i,
  input  logic [15:0]  fcah_i,
  input  logic [31:0]  ral0_i,
  input  logic [31:0]  rah0_i,

  // rx_pause_t
  output logic         is_pause_o,
  output logic         unsupported_o,
  output logic         discard_o,
  output logic         force_o,
  output logic [15:0]  quanta_o
);

  localparam logic [15:0] PauseOpcode = 16'(nic_pkg::PauseOpcode);

  logic [47:0] da;
  logic [15:0] ethertype;
  logic [15:0] opcode;
  logic        has_quanta;
  logic        to_rar0;
  logic        control; // a MAC control frame for this station that flow control looks at

  assign da         = head_i[47:0];
  assign ethertype  = {head_i[103:96], head_i[111:104]};
  assign opcode     = {head_i[119:112], head_i[127:120]};
  assign quanta_o   = {head_i[135:128], head_i[143:136]};
  assign has_quanta = len_i >= 15'd18;

  // An address as RAL and RAH hold it: the first byte on the wire in bits 7:0.
  assign to_rar0 = rah0_i[nic_pkg::E1000_RAH_AV_LSB] &&
                   rah0_i[nic_pkg::E1000_RAH_AS_LSB+:nic_pkg::E1000_RAH_AS_W] == '0 &&
                   {rah0_i[nic_pkg::E1000_RAH_RAH_LSB+:nic_pkg::E1000_RAH_RAH_W], ral0_i} == da;
  assign control = rfce_i && has_quanta && ethertype == fct_i &&
                   (to_rar0 || da == {fcah_i, fcal_i});

  assign is_pause_o    = control && opcode == PauseOpcode;
  assign unsupported_o = control && opcode != PauseOpcode;
  assign force_o       = unsupported_o && pmcf_i;
  assign discard_o     = is_pause_o ? to_rar0 && dpf_i : unsupported_o && !force_o;

  logic unused_bits;
  assign unused_bits = ^{head_i[95:48], rah0_i[30:18]};

endmodule
