// SPDX-License-Identifier: Apache-2.0
// The verdict on a received frame, from what filters and limits say of it: its fate, how it is
// counted, RXO and PAUSE. Twin of mac_rx_judge() of model/mac_rx_judge.h.
//
// Cycle contract: verdict_i is 1 in the tick of the verdict; the outputs are answers of that cycle,
// rxo_o and pause_o pulses of the next one.
// Known differences: none.
module mac_rx_verdict (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i,      // CTRL.RST in this tick: the frame is ignored

  // mac_rx_front
  input  logic         verdict_i,
  input  logic         on_i,
  input  logic         er_i,
  input  logic         fcs_good_i,
  input  logic [14:0]  len_i,

  // arguments of mac_rx_judge()
  input  logic [nic_pkg::STATS_W-1:0] flags_i, // LPE, TOO_LONG, BCAST, MCAST
  input  logic         pass_i,       // its address and VLAN passed
  input  logic         giant_i,
  input  logic         keep_bad_i,   // it is stored also when it is bad (with pass_i)
  input  logic         is_pause_i,   // mac_control; of a legal frame these count
  input  logic         unsupported_i,
  input  logic         discard_i,
  input  logic         force_i,
  input  logic [15:0]  quanta_i,

  input  logic         lost_i,       // it found no room
  input  logic         ring_empty_i, // meters

  output logic         legal_o,      // no error, and a length that is legal
  output logic         accept_o,
  output logic         fate_valid_o,
  output logic [2:0]   fate_o,       // NIC_FATE_*
  output logic         st_valid_o,
  output logic [nic_pkg::STATS_W-1:0] st_flags_o,
  output logic         rxo_o,
  output logic         pause_o,
  output logic [15:0]  pause_quanta_o
);

  typedef enum logic [2:0] {
    FateAccepted  = 3'(nic_pkg::NIC_FATE_ACCEPTED),
    FateBadFcs    = 3'(nic_pkg::NIC_FATE_BAD_FCS),
    FateUndersize = 3'(nic_pkg::NIC_FATE_UNDERSIZE),
    FateOversize  = 3'(nic_pkg::NIC_FATE_OVERSIZE),
    FateFiltered  = 3'(nic_pkg::NIC_FATE_FILTERED),
    FateFifo      = 3'(nic_pkg::NIC_FATE_FIFO),
    FateNoDesc    = 3'(nic_pkg::NIC_FATE_NO_DESC)
  } fate_e;

  logic        rxo_d, rxo_q;
  logic        pause_d, pause_q;
  logic [15:0] quanta_d, quanta_q;

  logic  bad, runt, legal;
  logic  pause;
  logic  wanted; // by the filters
  logic  heard;  // flow control took it
  logic  stored; // wanted, and good enough
  logic  missed;
  fate_e fault;  // of a frame that is not good enough
  fate_e fate;

  assign bad    = !fcs_good_i || er_i;
  assign runt   = len_i < 15'(nic_pkg::FrameMin);
  assign legal  = !bad && !runt && !giant_i;
  assign pause  = legal && is_pause_i;
  assign wanted = legal ? (pass_i && !discard_i) || force_i : pass_i;
  assign heard  = legal && (is_pause_i || unsupported_i);
  assign stored = wanted && (legal || keep_bad_i);
  assign missed = stored && lost_i;
  assign fault  = runt ? FateUndersize : giant_i ? FateOversize : FateBadFcs;

  always_comb begin
    if (reset_i || !on_i)       fate = FateFiltered;
    else if (!legal && !stored) fate = fault; // whatever the filters say
    else if (!wanted)           fate = FateFiltered;
    else if (missed)            fate = ring_empty_i ? FateNoDesc : FateFifo;
    else                        fate = FateAccepted;
  end

  assign rxo_d    = verdict_i && on_i && missed && !reset_i;
  assign pause_d  = verdict_i && on_i && pause && !reset_i;
  assign quanta_d = pause_d ? quanta_i : quanta_q;

  assign legal_o        = legal;
  assign accept_o       = verdict_i && fate == FateAccepted;
  assign fate_valid_o   = verdict_i;
  assign fate_o         = fate;
  assign st_valid_o     = verdict_i && on_i && !reset_i && (wanted || heard);
  assign rxo_o          = rxo_q;
  assign pause_o        = pause_q;
  assign pause_quanta_o = quanta_q;

  always_comb begin
    st_flags_o = flags_i;
    st_flags_o[nic_pkg::STATS_XON_LSB]         = pause && quanta_i == '0;
    st_flags_o[nic_pkg::STATS_XOFF_LSB]        = pause && quanta_i != '0;
    st_flags_o[nic_pkg::STATS_UNSUPPORTED_LSB] = legal && unsupported_i;
    st_flags_o[nic_pkg::STATS_CRC_ERR_LSB]     = !fcs_good_i;
    st_flags_o[nic_pkg::STATS_RX_ERR_LSB]      = er_i;
    st_flags_o[nic_pkg::STATS_MISSED_LSB]      = missed;
    st_flags_o[nic_pkg::STATS_DISCARDED_LSB]   = !wanted;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rxo_q    <= 1'b0;
      pause_q  <= 1'b0;
      quanta_q <= '0;
    end else begin
      rxo_q    <= rxo_d;
      pause_q  <= pause_d;
      quanta_q <= quanta_d;
    end
  end

endmodule
