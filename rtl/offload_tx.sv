// SPDX-License-Identifier: Apache-2.0
// Checksums for insertion: both engines sum a frame to be sent as its words go by. Twin of the
// transmit half of model/offload.c (the edits of a segment's header are in tx_header.sv).
//
// Cycle contract: a word in cycle c, with first_i when it is the first of its frame and end_i when
// the frame may end with it -> with end_i, in c+1: res_valid_o and the two bytes to be put at
// offset ip_off_o, then those at tu_off_o. mask_i: bytes not seen before in this frame; words come
// in order, one may come again when it has got more bytes.
// Known differences: the C changes the frame; here that is left to whoever sends it.
module offload_tx (
  input  logic        clk_i,
  input  logic        rst_ni,
  // context; steady while its frame goes by
  input  logic [7:0]  ipcss_i,
  input  logic [7:0]  ipcso_i,
  input  logic [15:0] ipcse_i,
  input  logic [7:0]  tucss_i,
  input  logic [7:0]  tucso_i,
  input  logic [15:0] tucse_i,
  input  logic [1:0]  popts_i, // IXSM, TXSM
  input  logic        tse_i,   // the TCP/UDP engine adds the length behind TUCSS
  // frame
  input  logic        valid_i,
  input  logic        first_i,
  input  logic        end_i,   // with or without valid_i
  input  logic [14:0] len_i,   // bytes of the frame, with end_i
  input  logic [11:0] word_i,  // number of the word
  input  logic [63:0] data_i,
  input  logic [7:0]  mask_i,
  // checksums
  output logic        res_valid_o,
  output logic        ip_en_o,
  output logic [7:0]  ip_off_o,
  output logic [15:0] ip_val_o,
  output logic        tu_en_o,
  output logic [7:0]  tu_off_o,
  output logic [15:0] tu_val_o
);

  // The sum of all words of the longest frame does not overflow.
  localparam int unsigned SumW = 16 + $clog2(nic_pkg::FrameMax / 2 + 1);

  //////////////////////////////
  // What a word adds to both //
  //////////////////////////////

  // Bytes of word `w` at or behind css, and before cse or at it (0: no end).
  function automatic logic [7:0] range(logic [11:0] w, logic [7:0] css, logic [15:0] cse);
    logic from, to;
    for (int unsigned i = 0; i < 8; i++) begin
      from = w > 12'(css[7:3]) || (w == 12'(css[7:3]) && 3'(i) >= css[2:0]);
      to = cse == '0 || 13'(w) < cse[15:3] || (13'(w) == cse[15:3] && 3'(i) <= cse[2:0]);
      range[i] = from && to;
    end
  endfunction

  // Sum of its four big-endian words.
  function automatic logic [17:0] sum4(logic [63:0] data, logic [7:0] mask);
    logic [63:0] d;
    for (int unsigned i = 0; i < 8; i++) d[8*i+:8] = mask[i] ? data[8*i+:8] : '0;
    sum4 = (18'({d[7:0], d[15:8]}) + 18'({d[23:16], d[31:24]})) +
           (18'({d[39:32], d[47:40]}) + 18'({d[55:48], d[63:56]}));
  endfunction

  logic [SumW-1:0] ip_sum_d, ip_sum_q, tu_sum_d, tu_sum_q;
  logic [17:0]     ip_add, tu_add;

  assign ip_add = sum4(data_i, mask_i & range(word_i, ipcss_i, ipcse_i));
  assign tu_add = sum4(data_i, mask_i & range(word_i, tucss_i, tucse_i));

  always_comb begin
    ip_sum_d = ip_sum_q;
    tu_sum_d = tu_sum_q;
    if (valid_i) begin
      ip_sum_d = (first_i ? '0 : ip_sum_q) + SumW'(ip_add);
      tu_sum_d = (first_i ? '0 : tu_sum_q) + SumW'(tu_add);
    end
  end

  ////////////////////////////////////////////
  // Is there anything to sum, and a place? //
  ////////////////////////////////////////////

  function automatic logic stores(logic [14:0] len, logic [7:0] css, logic [15:0] cse,
                                  logic [7:0] cso);
    stores = 15'(css) < len && (cse == '0 || 16'(css) <= cse) && 15'(cso) + 15'd2 <= len;
  endfunction

  logic        end_q, ip_en_q, tu_en_q, ip_odd_q, tu_odd_q;
  logic [7:0]  ip_off_q, tu_off_q;
  logic [15:0] extra_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ip_sum_q <= '0;
      tu_sum_q <= '0;
      end_q <= 1'b0;
      ip_en_q <= 1'b0;
      tu_en_q <= 1'b0;
      ip_odd_q <= 1'b0;
      tu_odd_q <= 1'b0;
      ip_off_q <= '0;
      tu_off_q <= '0;
      extra_q <= '0;
    end else begin
      ip_sum_q <= ip_sum_d;
      tu_sum_q <= tu_sum_d;
      end_q <= end_i;
      ip_en_q <= popts_i[nic_pkg::E1000_TXD_POPTS_IXSM_LSB] &&
                 stores(len_i, ipcss_i, ipcse_i, ipcso_i);
      tu_en_q <= popts_i[nic_pkg::E1000_TXD_POPTS_TXSM_LSB] &&
                 stores(len_i, tucss_i, tucse_i, tucso_i);
      ip_odd_q <= ipcss_i[0];
      tu_odd_q <= tucss_i[0];
      ip_off_q <= ipcso_i;
      tu_off_q <= tucso_i;
      extra_q <= tse_i ? 16'(len_i) - 16'(tucss_i) : '0;
    end
  end

  ////////////////
  // In 16 bits //
  ////////////////

  // One's complement sum; 0 only of zeros.
  function automatic logic [15:0] add16(logic [15:0] a, logic [15:0] b);
    logic [16:0] s;
    s = 17'(a) + 17'(b);
    add16 = s[15:0] + 16'(s[16]);
  endfunction

  // Words were counted from the beginning of the frame: from an odd byte on they are the other way.
  function automatic logic [15:0] turn(logic [SumW-1:0] sum, logic odd);
    logic [15:0] s;
    s = add16(sum[15:0], 16'(sum[SumW-1:16]));
    turn = odd ? {s[7:0], s[15:8]} : s;
  endfunction

  logic [15:0] tu;

  assign tu = ~add16(turn(tu_sum_q, tu_odd_q), extra_q);

  assign res_valid_o = end_q;
  assign ip_en_o = ip_en_q;
  assign ip_off_o = ip_off_q;
  assign ip_val_o = ~turn(ip_sum_q, ip_odd_q);
  assign tu_en_o = tu_en_q;
  assign tu_off_o = tu_off_q;
  assign tu_val_o = (tu == '0) ? 16'hFFFF : tu;

endmodule
