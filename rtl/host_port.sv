// SPDX-License-Identifier: Apache-2.0
// The requester side of the host interface: arbitrates the modules that want host memory, cuts
// their requests into TLPs (Mps, Mrrs, 4 KiB pages) and puts those on the pins. Twin of
// model/host_port.c and of the side of it in model/pins.c.
//
// Cycle contract: a request visible in cycle t, with the port free and req_ready = 1 in t, is
// granted in tick t; header beats in t+1 and t+2, the last beat in e; `done` (the last TLP of the
// request was sent) is visible in e+1; the next grant can be given in tick e+2. Round robin a TLP,
// from the requester behind the one granted last. reset_i (CTRL.RST) in tick r: no grant in r, no
// `done` behind it; the TLP on the pins is finished.
//
// Payload supply (docs/cycle-contract.md, "RTL only: payload supply"): a requester with payload
// names its first byte, `off`, in a memory of `wrap` bytes. pay_sel_o says whose memory, pay_addr_o
// which 64-bit word, from t+1 on one further every cycle; pay_next_o is the one behind it, with the
// `wrap` that was visible in t. The memory answers with both in the next cycle, pay_next_o's in the
// upper half: together they hold the eight bytes of a beat at any alignment, so that the first beat
// of payload is on time behind the two of the header. pay_valid_o is 1 for the words that go into a
// beat, in one run of cycles a TLP. A memory is two banks, even and odd words, read synchronously.
//
// Differences in form: the C copies the payload in tick t, here it is read in t+1 .. e-1. Nothing
// in the device writes to it in between; software can, through PBM.
// Known differences: none.
module host_port (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i,        // CTRL.RST: to the reset state in this tick
  // requests, in the order of their tags; a level each, with its fields, until done. Function and
  // queue go with each TLP of it: into the header, and into bits 7:3 of the tag.
  input  logic        master_en_i, // COMMAND.MASTER
  input  logic        rx_data_valid_i,
  input  logic [63:0] rx_data_addr_i,
  input  logic [14:0] rx_data_len_i,
  input  logic [7:0]  rx_data_func_i,
  input  logic [4:0]  rx_data_queue_i,
  input  logic [15:0] rx_data_off_i,
  input  logic [16:0] rx_data_wrap_i,  // bytes, a multiple of 16
  input  logic        rx_fetch_valid_i,
  input  logic [63:0] rx_fetch_addr_i,
  input  logic [14:0] rx_fetch_len_i,
  input  logic [7:0]  rx_fetch_func_i,
  input  logic [4:0]  rx_fetch_queue_i,
  input  logic        rx_wb_valid_i,
  input  logic [63:0] rx_wb_addr_i,
  input  logic [14:0] rx_wb_len_i,
  input  logic [7:0]  rx_wb_func_i,
  input  logic [4:0]  rx_wb_queue_i,
  input  logic [15:0] rx_wb_off_i,
  input  logic        tx_fetch_valid_i,
  input  logic [63:0] tx_fetch_addr_i,
  input  logic [14:0] tx_fetch_len_i,
  input  logic [7:0]  tx_fetch_func_i,
  input  logic [4:0]  tx_fetch_queue_i,
  input  logic        tx_wb_valid_i,
  input  logic [63:0] tx_wb_addr_i,
  input  logic [14:0] tx_wb_len_i,
  input  logic [7:0]  tx_wb_func_i,
  input  logic [4:0]  tx_wb_queue_i,
  input  logic [15:0] tx_wb_off_i,
  input  logic        tx_data_valid_i,
  input  logic [63:0] tx_data_addr_i,
  input  logic [14:0] tx_data_len_i,
  input  logic [7:0]  tx_data_func_i,
  input  logic [4:0]  tx_data_queue_i,
  input  logic        msi_valid_i,
  input  logic [7:0]  msi_func_i,
  input  logic [63:0] msi_addr_i,
  input  logic [31:0] msi_data_i,
  // to the requesters
  output logic [6:0]  done_o,          // pulse, a bit a tag
  // bytes of the request that have been granted; whole until `done` has been seen
  output logic [14:0] rx_fetch_sent_o,
  output logic [14:0] tx_fetch_sent_o,
  output logic [14:0] tx_data_sent_o,
  output logic        idle_o,          // no TLP on the pins, and not the cycle behind one
  // payload memories
  output logic         pay_valid_o,    // the two words of this cycle are needed
  output logic [2:0]   pay_sel_o,      // tag of the requester
  output logic [12:0]  pay_addr_o,     // 64-bit word
  output logic [12:0]  pay_next_o,     // the one behind it
  input  logic [127:0] pay_rx_data_i,
  input  logic [127:0] pay_rx_wb_i,
  input  logic [127:0] pay_tx_wb_i,
  // pins
  input  logic        req_ready_i,
  output logic        req_valid_o,
  output logic        req_sop_o,
  output logic        req_eop_o,
  output logic [63:0] req_data_o
);

  // Tags of the requesters.
  localparam logic [2:0] RqRxData = 3'(nic_pkg::RQ_RX_DATA);
  localparam logic [2:0] RqRxFetch = 3'(nic_pkg::RQ_RX_FETCH);
  localparam logic [2:0] RqRxWb = 3'(nic_pkg::RQ_RX_WB);
  localparam logic [2:0] RqTxFetch = 3'(nic_pkg::RQ_TX_FETCH);
  localparam logic [2:0] RqTxWb = 3'(nic_pkg::RQ_TX_WB);
  localparam logic [2:0] RqTxData = 3'(nic_pkg::RQ_TX_DATA);
  localparam logic [2:0] RqMsi = 3'(nic_pkg::RQ_MSI);
  localparam int unsigned RqCount = nic_pkg::RQ_COUNT;
  localparam int unsigned LenW = 15;

  localparam logic [7:0] TlpRead = 8'(nic_pkg::NIC_TLP_READ);
  localparam logic [7:0] TlpWrite = 8'(nic_pkg::NIC_TLP_WRITE);
  localparam logic [7:0] TlpMsg = 8'(nic_pkg::NIC_TLP_MSG);

  localparam logic [LenW-1:0] MaxWrite = LenW'(nic_pkg::Mps);
  localparam logic [LenW-1:0] MaxRead = LenW'(nic_pkg::Mrrs);

  logic [2:0]              last_d, last_q;   // granted last
  logic [2:0]              tag_d, tag_q;     // of the TLP on the pins
  logic [RqCount*LenW-1:0] sent_d, sent_q;   // bytes of each request already sent
  logic [RqCount-1:0]      done_d, done_q;
  logic [4:0]              beats_d, beats_q; // of the TLP on the pins, the present one included
  logic                    gap_d, gap_q;     // the cycle behind a TLP
  logic                    final_d, final_q; // the TLP on the pins is the last of its request
  logic                    sop_d, sop_q;
  logic [63:0]             addr_d, addr_q;   // of the TLP on the pins
  logic [63:0]             data_d, data_q;
  logic [31:0]             msg_d, msg_q;
  logic                    pay_d, pay_q;     // it has payload
  logic [12:0]             word_d, word_q;   // payload word asked for
  logic [12:0]             end_d, end_q;     // last word of the memory
  logic [2:0]              shift_d, shift_q; // byte of the word at which a beat begins
  logic [7:0]              left_d, left_q;   // payload bytes not yet in a beat

  /////////////////
  // Arbitration //
  /////////////////

  logic [RqCount-1:0] req, behind;
  logic [2:0]         pick;
  logic               grant;

  assign req = {RqCount{master_en_i}} & {msi_valid_i, tx_data_valid_i, tx_wb_valid_i,
                                         tx_fetch_valid_i, rx_wb_valid_i, rx_fetch_valid_i,
                                         rx_data_valid_i};
  assign grant = (req != '0) && (beats_q == '0) && !gap_q && req_ready_i && !reset_i;

  always_comb begin
    behind = '0;
    for (int unsigned i = 0; i < RqCount; i++) behind[i] = req[i] && (3'(i) > last_q);
    pick = '0;
    for (int i = RqCount - 1; i >= 0; i--) begin
      if (behind != '0 ? behind[i] : req[i]) pick = 3'(i);
    end
  end

  /////////////////////////////
  // The TLP that would come //
  /////////////////////////////

  logic [63:0]     pick_addr;
  logic [LenW-1:0] pick_len, pick_sent, tlp_left, tlp_max, tlp_page, tlp_len;
  logic [15:0]     pick_off, tlp_at;
  logic [16:0]     pick_wrap, tlp_off;
  logic [7:0]      pick_func;
  logic [4:0]      pick_queue;
  logic [7:0]      tlp_type, tlp_pay;
  logic [63:0]     tlp_addr;
  logic            tlp_final;

  always_comb begin
    // Descriptor memories are never read across their end.
    pick_wrap = 17'(nic_pkg::DescCache * nic_pkg::DescBytes);
    pick_off = '0;
    unique case (pick)
      RqRxData: begin
        pick_addr = rx_data_addr_i;
        pick_len = rx_data_len_i;
        pick_func = rx_data_func_i;
        pick_queue = rx_data_queue_i;
        pick_off = rx_data_off_i;
        pick_wrap = rx_data_wrap_i;
      end
      RqRxFetch: begin
        pick_addr = rx_fetch_addr_i;
        pick_len = rx_fetch_len_i;
        pick_func = rx_fetch_func_i;
        pick_queue = rx_fetch_queue_i;
      end
      RqRxWb: begin
        pick_addr = rx_wb_addr_i;
        pick_len = rx_wb_len_i;
        pick_func = rx_wb_func_i;
        pick_queue = rx_wb_queue_i;
        pick_off = rx_wb_off_i;
      end
      RqTxFetch: begin
        pick_addr = tx_fetch_addr_i;
        pick_len = tx_fetch_len_i;
        pick_func = tx_fetch_func_i;
        pick_queue = tx_fetch_queue_i;
      end
      RqTxWb: begin
        pick_addr = tx_wb_addr_i;
        pick_len = tx_wb_len_i;
        pick_func = tx_wb_func_i;
        pick_queue = tx_wb_queue_i;
        pick_off = tx_wb_off_i;
      end
      RqTxData: begin
        pick_addr = tx_data_addr_i;
        pick_len = tx_data_len_i;
        pick_func = tx_data_func_i;
        pick_queue = tx_data_queue_i;
      end
      default: begin // the message: four bytes that no page cuts
        pick_addr = '0;
        pick_len = LenW'(4);
        pick_func = msi_func_i;
        pick_queue = '0;
      end
    endcase
  end

  always_comb begin
    unique case (pick)
      RqRxData, RqRxWb, RqTxWb: tlp_type = TlpWrite;
      RqMsi:                    tlp_type = TlpMsg;
      default:                  tlp_type = TlpRead;
    endcase
    pick_sent = sent_q[LenW*pick+:LenW];
    tlp_addr = pick_addr + 64'(pick_sent);
    tlp_left = pick_len - pick_sent;
    tlp_max = (tlp_type == TlpRead) ? MaxRead : MaxWrite;
    tlp_page = LenW'(4096) - LenW'(tlp_addr[11:0]);
    tlp_len = (tlp_left < tlp_max) ? tlp_left : tlp_max;
    if (tlp_page < tlp_len) tlp_len = tlp_page;
    tlp_pay = (tlp_type == TlpRead) ? '0 : tlp_len[7:0];
    tlp_final = (tlp_len == tlp_left);
    tlp_off = 17'(pick_off) + 17'(pick_sent);
    tlp_at = 16'((tlp_off >= pick_wrap) ? tlp_off - pick_wrap : tlp_off);
  end

  ///////////////////
  // Payload beats //
  ///////////////////

  logic [127:0] window;
  logic [63:0]  pay_word, pay_beat;

  always_comb begin
    unique case (tag_q)
      RqRxData: window = pay_rx_data_i;
      RqRxWb:   window = pay_rx_wb_i;
      RqTxWb:   window = pay_tx_wb_i;
      default:  window = {96'b0, msg_q};
    endcase
    pay_word = 64'(window >> {shift_q, 3'b0});
    for (int unsigned k = 0; k < nic_pkg::BeatBytes; k++) begin
      pay_beat[8*k+:8] = (left_q > 8'(k)) ? pay_word[8*k+:8] : '0;
    end
  end

  ////////////////
  // Next state //
  ////////////////

  always_comb begin
    last_d = last_q;
    tag_d = tag_q;
    sent_d = sent_q;
    done_d = '0;
    beats_d = (beats_q == '0) ? '0 : beats_q - 5'd1;
    gap_d = (beats_q == 5'd1);
    final_d = final_q;
    sop_d = 1'b0;
    addr_d = addr_q;
    data_d = '0;
    msg_d = msg_q;
    pay_d = pay_q;
    word_d = pay_next_o;
    end_d = end_q;
    shift_d = shift_q;
    left_d = left_q;

    if (beats_q > 5'd1) begin
      if (sop_q) begin
        data_d = addr_q;
      end else if (pay_q) begin
        data_d = pay_beat;
        left_d = (left_q > 8'(nic_pkg::BeatBytes)) ? left_q - 8'(nic_pkg::BeatBytes) : '0;
      end
    end
    if (beats_q == 5'd1 && final_q) done_d[tag_q] = 1'b1;
    // What was sent of a request counts until its requester has seen `done`.
    for (int unsigned i = 0; i < RqCount; i++) begin
      if (done_q[i]) sent_d[LenW*i+:LenW] = '0;
    end

    if (grant) begin
      last_d = pick;
      tag_d = pick;
      sent_d[LenW*pick+:LenW] = pick_sent + tlp_len;
      beats_d = 5'(nic_pkg::HdrBeats) + 5'((tlp_pay + 8'd7) >> 3);
      final_d = tlp_final;
      sop_d = 1'b1;
      addr_d = (pick == RqMsi) ? msi_addr_i : tlp_addr;
      data_d = {17'b0, tlp_len, 8'b0, pick_queue, pick, pick_func, tlp_type};
      msg_d = msi_data_i;
      pay_d = (tlp_type != TlpRead);
      word_d = tlp_at[15:3];
      end_d = 13'((pick_wrap >> 3) - 17'd1);
      shift_d = (pick == RqMsi) ? '0 : tlp_at[2:0];
      left_d = tlp_pay;
    end

    if (reset_i) begin
      last_d = RqMsi;
      sent_d = '0;
      done_d = '0;
      final_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q <= RqMsi;
      tag_q <= RqMsi;
      sent_q <= '0;
      done_q <= '0;
      beats_q <= '0;
      gap_q <= 1'b0;
      final_q <= 1'b0;
      sop_q <= 1'b0;
      addr_q <= '0;
      data_q <= '0;
      msg_q <= '0;
      pay_q <= 1'b0;
      word_q <= '0;
      end_q <= '0;
      shift_q <= '0;
      left_q <= '0;
    end else begin
      last_q <= last_d;
      tag_q <= tag_d;
      sent_q <= sent_d;
      done_q <= done_d;
      beats_q <= beats_d;
      gap_q <= gap_d;
      final_q <= final_d;
      sop_q <= sop_d;
      addr_q <= addr_d;
      data_q <= data_d;
      msg_q <= msg_d;
      pay_q <= pay_d;
      word_q <= word_d;
      end_q <= end_d;
      shift_q <= shift_d;
      left_q <= left_d;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign done_o = done_q;
  assign idle_o = (beats_q == '0) && !gap_q;
  assign rx_fetch_sent_o = sent_q[LenW*32'(RqRxFetch)+:LenW];
  assign tx_fetch_sent_o = sent_q[LenW*32'(RqTxFetch)+:LenW];
  assign tx_data_sent_o = sent_q[LenW*32'(RqTxData)+:LenW];
  assign pay_valid_o = pay_q && (beats_q > 5'(nic_pkg::HdrBeats));
  assign pay_sel_o = tag_q;
  assign pay_addr_o = word_q;
  assign pay_next_o = (word_q == end_q) ? 13'd0 : word_q + 13'd1;
  assign req_valid_o = (beats_q != '0);
  assign req_sop_o = sop_q;
  assign req_eop_o = (beats_q == 5'd1);
  assign req_data_o = data_q;

endmodule
