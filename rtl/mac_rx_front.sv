// SPDX-License-Identifier: Apache-2.0
// The front of a receiver: takes a frame from the wire, or the device's own in loopback, byte by
// byte, with its length, first bytes and FCS, and says when the verdict is due. What model/pins.c
// and model/mac_rx.h have of a frame that arrives.
//
// Cycle contract: f is the first preamble cycle, e the cycle of the last byte. A byte on the pins
// in cycle n is in the input flops, and at valid_o, in n+1. start_o is 1 in f, and whether the
// receiver is on is taken there; tail_o in e+2, sum_o in e+3, verdict_o in e + RxVerdictCyc. In
// loopback the device's own stream arrives, delayed by one cycle, and the wire is not looked at; a
// frame keeps the source it began with.
module mac_rx_front (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         reset_i,  // CTRL.RST in this tick: a frame is ignored

  // pins
  input  logic         rx_ce_i,
  input  logic         rx_dv_i,
  input  logic         rx_er_i,
  input  logic [7:0]   rxd_i,

  // mac_tx: its stream while it sends in loopback
  input  logic         lb_en_i,
  input  logic         lb_ce_i,
  input  logic [7:0]   lb_d_i,
  input  logic         loopback_i,

  input  logic         en_i,     // the receiver is on

  // the frame
  output logic         start_o,
  output logic         valid_o,    // a byte of it
  output logic [7:0]   data_o,
  output logic [14:0]  len_o,      // bytes before this one; behind the last one, of the whole frame
  output logic [143:0] head_o,     // the first bytes, the first in bits 7:0
  output logic         tail_o,
  output logic         sum_o,
  output logic         verdict_o,
  output logic         on_o,       // the receiver was on in f
  output logic         er_o,       // RX_ER was seen
  output logic         fcs_good_o, // with verdict_o

  output logic         rx_err_o,   // the cycle behind verdict_o of a frame with RX_ER
  output logic         busy_o      // a frame arrives or waits for its verdict
);

  localparam int unsigned HeadLen = 18; // up to the quanta of a PAUSE
  localparam int unsigned PreW    = $clog2(nic_pkg::PreambleBytes + 1);
  localparam int unsigned CntW    = $clog2(nic_pkg::RxVerdictCyc + 1);

  typedef enum logic [1:0] {RxIdle, RxArrives, RxVerdict} state_e;

  state_e         state_d, state_q;
  logic           lb_en_q, lb_ce_q;   // the device's own stream, a cycle late
  logic [7:0]     lb_d_q;
  logic           dv_q, lb_dv_q;      // carrier of wire and own stream in the cycle before
  logic           own_d, own_q;       // the frame is the device's own
  logic           in_valid_d, in_valid_q; // input flops
  logic [7:0]     in_d, in_q;
  logic           er_d, er_q;
  logic           on_d, on_q;
  logic [PreW-1:0] pre_d, pre_q;      // preamble bytes
  logic [14:0]    len_d, len_q;
  logic [31:0]    crc_d, crc_q;
  logic [8*HeadLen-1:0] head_d, head_q;
  logic [CntW-1:0] cnt_d, cnt_q;      // to the verdict: 1 = in this tick
  logic           rx_err_d, rx_err_q;

  //////////////////
  // Input stream //
  //////////////////

  logic start, start_wire, start_own; // f
  logic own;
  logic dv, ce, er;
  logic [7:0] data;
  logic byte_valid; // a byte of the frame is in the input flops

  // A frame begins where the carrier rises: one that began while the wire was cut off is not seen.
  assign start_wire = state_q == RxIdle && rx_dv_i && !dv_q && !loopback_i;
  assign start_own  = state_q == RxIdle && lb_en_q && !lb_dv_q && !start_wire;
  assign start      = start_wire || start_own;
  assign own        = start ? start_own : own_q;
  assign dv         = own ? lb_en_q : rx_dv_i;
  assign ce         = own ? lb_ce_q : rx_ce_i;
  assign er         = !own && rx_er_i;
  assign data       = own ? lb_d_q : rxd_i;
  assign byte_valid = in_valid_q && pre_q == PreW'(nic_pkg::PreambleBytes);

  always_comb begin
    own_d      = own;
    in_valid_d = (start || state_q == RxArrives) && dv && ce;
    in_d       = data;
    er_d       = (er_q && !start) || (in_valid_d && er);
    on_d       = (start ? en_i : on_q) && !reset_i;
  end

  ////////////////////////
  // Bytes of the frame //
  ////////////////////////

  // CRC-32 of one byte more.
  function automatic logic [31:0] crc_byte(input logic [31:0] crc, input logic [7:0] value);
    logic [31:0] c;
    c = crc ^ {24'b0, value};
    for (int unsigned n = 0; n < 8; n++) begin
      c = c[0] ? {1'b0, c[31:1]} ^ nic_pkg::CrcPoly : {1'b0, c[31:1]};
    end
    crc_byte = c;
  endfunction

  always_comb begin
    pre_d  = pre_q;
    len_d  = len_q;
    crc_d  = crc_q;
    head_d = head_q;
    if (in_valid_q && !byte_valid) pre_d = pre_q + PreW'(1);
    if (byte_valid) begin
      len_d = (len_q == '1) ? len_q : len_q + 15'd1;
      crc_d = crc_byte(crc_q, in_q);
      if (len_q < 15'(HeadLen)) head_d[8*len_q[4:0]+:8] = in_q;
    end
    if (start) begin
      pre_d = '0;
      len_d = '0;
      crc_d = '1;
    end
  end

  ////////////////
  // Next state //
  ////////////////

  logic now; // the verdict is passed in this tick

  assign now = state_q == RxVerdict && cnt_q == CntW'(1);

  always_comb begin
    state_d  = state_q;
    cnt_d    = cnt_q;
    rx_err_d = now && er_q;
    case (state_q)
      RxIdle: begin
        if (start) state_d = RxArrives;
      end
      RxArrives: begin
        if (!dv) begin // e+1; a preamble alone is nothing
          state_d = (len_q != '0 || byte_valid) ? RxVerdict : RxIdle;
          cnt_d   = CntW'(nic_pkg::RxVerdictCyc - 1);
        end
      end
      default: begin
        cnt_d = cnt_q - CntW'(1);
        if (now) state_d = RxIdle;
      end
    endcase
  end

  /////////////
  // Outputs //
  /////////////

  assign start_o    = start;
  assign valid_o    = byte_valid;
  assign data_o     = in_q;
  assign len_o      = len_q;
  assign head_o     = head_q;
  assign tail_o     = state_q == RxVerdict && cnt_q == CntW'(nic_pkg::RxVerdictCyc - 1);
  assign sum_o      = state_q == RxVerdict && cnt_q == CntW'(nic_pkg::RxVerdictCyc - 2);
  assign verdict_o  = now;
  assign on_o       = on_q;
  assign er_o       = er_q;
  assign fcs_good_o = crc_q == nic_pkg::CrcResidue && len_q > 15'(nic_pkg::FcsBytes);
  assign rx_err_o   = rx_err_q;
  assign busy_o     = state_q != RxIdle || lb_en_q || lb_en_i;

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= RxIdle;
      lb_en_q    <= 1'b0;
      lb_ce_q    <= 1'b0;
      lb_d_q     <= '0;
      dv_q       <= 1'b0;
      lb_dv_q    <= 1'b0;
      own_q      <= 1'b0;
      in_valid_q <= 1'b0;
      in_q       <= '0;
      er_q       <= 1'b0;
      on_q       <= 1'b0;
      pre_q      <= '0;
      len_q      <= '0;
      crc_q      <= '0;
      head_q     <= '0;
      cnt_q      <= '0;
      rx_err_q   <= 1'b0;
    end else begin
      state_q    <= state_d;
      lb_en_q    <= lb_en_i;
      lb_ce_q    <= lb_ce_i;
      lb_d_q     <= lb_d_i;
      dv_q       <= rx_dv_i;
      lb_dv_q    <= lb_en_q;
      own_q      <= own_d;
      in_valid_q <= in_valid_d;
      in_q       <= in_d;
      er_q       <= er_d;
      on_q       <= on_d;
      pre_q      <= pre_d;
      len_q      <= len_d;
      crc_q      <= crc_d;
      head_q     <= head_d;
      cnt_q      <= cnt_d;
      rx_err_q   <= rx_err_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  initial Cyc_A: assert (nic_pkg::RxVerdictCyc >= 4); // tail, sum, and the verdict behind them
`endif

endmodule
