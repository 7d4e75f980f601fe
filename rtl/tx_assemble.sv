// SPDX-License-Identifier: Apache-2.0
// Puts the data of transmit reads into the packet buffer, a word a tick, as they come: frames as
// the host gave them, and segments with an edited copy of their header in front. Sums them on the
// way. Part of the twin of model/tx_dma.c (store(), close_frame()).
//
// Reads are numbered modulo TxReads in the order of push_i. copied_o counts those whose data are
// all where they belong; ip_*_o and tu_*_o are the checksums of read res_slot_i, worth something
// if its frame ends with it, and head_o (strap Igb) the first 16 bytes of the frame as they are
// stored, what lies behind its end left out of account.
//
// Cycle contract: last beat of a read in cycle e, nothing else to do and tx_wready_i: its last word
// is written in tick e+3, copied_o counts it from e+5 on (when its data end with a full word or
// less than that was left: a cycle earlier). Work in hand is a word a cycle without a gap.
// Known differences: the C model stores a frame whole in the tick that lists it.
module tx_assemble #(
  parameter bit           Igb = 1'b0,
  localparam int unsigned Slots = nic_pkg::TxReads,
  localparam int unsigned SlotW = $clog2(Slots)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [12:0]      tx_cap_i,     // granules of the transmit region
  // a read is asked for
  input  logic             push_i,
  input  logic [11:0]      push_len_i,
  input  logic [14:0]      push_off_i,   // of its first byte in the frame, or in the header
  input  logic             push_hdr_i,   // it is part of the header
  input  logic             push_begins_i,
  input  logic             push_closes_i,
  input  logic [11:0]      push_start_i, // first data granule of the frame
  input  logic             push_tse_i,
  input  logic [1:0]       push_popts_i,
  input  logic [127:0]     push_ctx_i,   // laid out as a context descriptor
  input  logic [15:0]      push_seg_len_i,
  input  logic             push_last_i,
  // nobody wants what is under way; the last read ends with so many bytes
  input  logic             flush_i,
  input  logic             cut_i,
  input  logic [11:0]      cut_len_i,
  // payload beats of their completions
  input  logic             cpl_valid_i,
  input  logic             cpl_eop_i,
  input  logic [12:0]      cpl_len_i,
  input  logic [63:0]      cpl_data_i,
  output logic             arrived_o,    // comb.: the last byte of a read
  // packet buffer
  output logic             tx_we_o,
  output logic [12:0]      tx_waddr_o,   // word of the transmit region
  output logic [63:0]      tx_wdata_o,
  input  logic             tx_wready_i,
  // to the landing side
  output logic [SlotW:0]   copied_o,     // reads (free running)
  input  logic [SlotW-1:0] res_slot_i,
  output logic             ip_en_o,
  output logic [7:0]       ip_off_o,
  output logic [15:0]      ip_val_o,
  output logic             tu_en_o,
  output logic [7:0]       tu_off_o,
  output logic [15:0]      tu_val_o,
  output logic [127:0]     head_o
);

  // Where the fields of a context are.
  localparam int unsigned IpcssAt = nic_pkg::E1000_TXC_IPCSS_LSB;
  localparam int unsigned IpcsoAt = nic_pkg::E1000_TXC_IPCSO_LSB;
  localparam int unsigned IpcseAt = nic_pkg::E1000_TXC_IPCSE_LSB;
  localparam int unsigned TucssAt = nic_pkg::E1000_TXC_TUCSS_LSB;
  localparam int unsigned TucsoAt = nic_pkg::E1000_TXC_TUCSO_LSB;
  localparam int unsigned TucseAt = nic_pkg::E1000_TXC_TUCSE_LSB;
  localparam int unsigned HdrlenAt = nic_pkg::E1000_TXC_HDRLEN_LSB;
  localparam int unsigned MssAt = nic_pkg::E1000_TXC_MSS_LSB;
  localparam int unsigned TucmdAt = nic_pkg::E1000_TXC_TUCMD_LSB;
  localparam int unsigned IpAt = TucmdAt + nic_pkg::E1000_TXC_TUCMD_IP_LSB;
  localparam int unsigned TcpAt = TucmdAt + nic_pkg::E1000_TXC_TUCMD_TCP_LSB;

  /////////////////////////////
  // What is known of a read //
  /////////////////////////////

  typedef struct packed {
    logic [11:0] len;
    logic [14:0] off;
    logic        hdr;
    logic        begins;
    logic        closes;
    logic [11:0] start;
    logic        tse;
    logic [1:0]  popts;
    logic [15:0] seg_len;
    logic        last;
    logic [15:0] mss;
    logic [7:0]  hdrlen;
    logic        ip;
    logic        tcp;
    logic [15:0] tucse;
    logic [7:0]  tucso;
    logic [7:0]  tucss;
    logic [15:0] ipcse;
    logic [7:0]  ipcso;
    logic [7:0]  ipcss;
  } read_t;

  read_t push, rd, wr;
  // Vectors: Yosys takes an array of structs for one struct.
  logic [$bits(push)-1:0] reads [Slots];

  assign push = {push_len_i, push_off_i, push_hdr_i, push_begins_i, push_closes_i, push_start_i,
                 push_tse_i, push_popts_i, push_seg_len_i, push_last_i, push_ctx_i[MssAt+:16],
                 push_ctx_i[HdrlenAt+:8], push_ctx_i[IpAt], push_ctx_i[TcpAt],
                 push_ctx_i[TucseAt+:16], push_ctx_i[TucsoAt+:8], push_ctx_i[TucssAt+:8],
                 push_ctx_i[IpcseAt+:16], push_ctx_i[IpcsoAt+:8], push_ctx_i[IpcssAt+:8]};

  logic [SlotW:0] put_d, put_q;       // reads asked for
  logic [SlotW:0] at_d, at_q;         // read whose words are being ordered
  logic [SlotW:0] copied_d, copied_q; // reads through

  always_ff @(posedge clk_i) begin
    if (push_i) reads[put_q[SlotW-1:0]] <= push;
  end

  logic unused_bits; // each side looks at its own part of a read
  assign unused_bits = ^{push_ctx_i[103:90], push_ctx_i[87:64], rd, wr};

  ////////////
  // Stores //
  ////////////

  logic        empty, pop;
  logic [63:0] fresh_word;

  tx_align u_align (
    .clk_i,
    .rst_ni,
    .push_i,
    .push_len_i,
    .push_lane_i  (push_off_i[2:0]),
    .push_fresh_i (push_hdr_i ? push_off_i == '0 : push_begins_i),
    .flush_i,
    .cut_i,
    .cut_len_i,
    .cpl_valid_i,
    .cpl_eop_i,
    .cpl_len_i,
    .cpl_data_i,
    .arrived_o,
    .empty_o      (empty),
    .pop_i        (pop),
    .word_o       (fresh_word)
  );

  /////////////////////////////////////////
  // Order of words: one is read a cycle //
  /////////////////////////////////////////

  logic        fresh_d, fresh_q; // nothing of this read has been ordered
  logic        head_d, head_q;   // it is the turn of the header's copy
  logic [11:0] word_d, word_q;   // word of the frame, or of the header
  logic        adv, go, head, copies, last_word, last_op;
  logic [11:0] word, word_first, word_last, word_pay;
  logic [14:0] last_byte;
  logic [7:0]  mask_from, mask_to, mask;
  logic        through;

  assign rd = reads[at_q[SlotW-1:0]];

  always_comb begin
    last_byte = rd.off + 15'(rd.len) - 15'd1;
    word_first = rd.off[14:3];
    word_last = last_byte[14:3];
    word_pay = 12'(rd.hdrlen[7:3]);                  // the word in which payload begins
    copies = rd.tse && rd.begins && word_pay != '0;
    head = fresh_q ? copies : head_q;
    word = word_q;
    if (fresh_q) word = copies ? '0 : word_first;
    last_word = head ? word == word_pay - 12'd1 : word == word_last;
    last_op = last_word && !head;
    go = at_q != put_q && (head || !empty) && adv && !flush_i;
    pop = go && !head;

    // bytes that have not been there before
    mask_from = '1;
    if (!head && word == word_first && !(rd.begins && rd.tse)) mask_from = 8'hFF << rd.off[2:0];
    mask_to = '1;
    if (!head && word == word_last) mask_to = 8'hFF >> (3'd7 - last_byte[2:0]);
    mask = mask_from & mask_to;

    at_d = at_q;
    fresh_d = fresh_q;
    head_d = head_q;
    word_d = word_q;
    if (go) begin
      fresh_d = 1'b0;
      head_d = head;
      word_d = word + 12'd1;
      if (head && last_word) begin
        head_d = 1'b0;
        word_d = word_first;
      end
      if (last_op) begin
        fresh_d = 1'b1;
        at_d = at_q + (SlotW+1)'(1);
      end
    end
    put_d = push_i ? put_q + (SlotW+1)'(1) : put_q;
    if (cut_i && cut_len_i == '0) put_d = put_q - (SlotW+1)'(1);
    copied_d = through ? copied_q + (SlotW+1)'(1) : copied_q;
    if (flush_i) begin
      at_d = put_d;
      copied_d = put_d;
      fresh_d = 1'b1;
    end
  end

  /////////////////////////////////////////
  // The word read goes where it belongs //
  /////////////////////////////////////////

  logic             valid_d, valid_q, keep_q, head2_q, first_q, end_q;
  logic [SlotW-1:0] slot_q;
  logic [11:0]      word2_q;
  logic [7:0]       mask_q;
  logic [12:0]      addr_q;
  logic             done, joins, written;
  logic [63:0]      hdr_word, data;
  logic [13:0]      addr;

  always_comb begin
    addr = {1'b0, rd.start, 1'b0} + 14'(word);
    if (addr >= {tx_cap_i, 1'b0}) addr = addr - {tx_cap_i, 1'b0};
  end

  assign wr = reads[slot_q];
  assign done = valid_q && (keep_q || tx_wready_i);
  assign adv = !valid_q || done;
  assign valid_d = go || (valid_q && !done && !flush_i);

  tx_header u_header (
    .clk_i,
    .rst_ni,
    .hdrlen_i  (wr.hdrlen),
    .ipcss_i   (wr.ipcss),
    .tucss_i   (wr.tucss),
    .ip_i      (wr.ip),
    .tcp_i     (wr.tcp),
    .mss_i     (wr.mss),
    .seg_len_i (wr.seg_len),
    .last_i    (wr.last),
    .step_i    (done && end_q && wr.closes && wr.tse),
    .we_i      (valid_q && keep_q),
    .waddr_i   (word2_q[4:0]),
    .wdata_i   (fresh_word),
    .wmask_i   (mask_q),
    .raddr_i   (word2_q[4:0]),
    .word_o    (hdr_word)
  );

  // A word in which header and payload meet; it comes twice if only part of its payload was there.
  assign joins = wr.tse && !head2_q && word2_q == 12'(wr.hdrlen[7:3]);
  assign data = head2_q ? hdr_word : (joins ? fresh_word | hdr_word : fresh_word);

  assign tx_we_o = valid_q && !keep_q;
  assign tx_waddr_o = addr_q;
  assign tx_wdata_o = data;
  assign written = tx_we_o && tx_wready_i;

  offload_tx u_offload (
    .clk_i,
    .rst_ni,
    .ipcss_i     (wr.ipcss),
    .ipcso_i     (wr.ipcso),
    .ipcse_i     (wr.ipcse),
    .tucss_i     (wr.tucss),
    .tucso_i     (wr.tucso),
    .tucse_i     (wr.tucse),
    .popts_i     (wr.popts),
    .tse_i       (wr.tse),
    .valid_i     (written),
    .first_i     (first_q),
    .end_i       (done && end_q && !flush_i),
    .len_i       (wr.off + 15'(wr.len)),
    .word_i      (word2_q),
    .data_i      (data),
    .mask_i      (mask_q),
    .res_valid_o (through),
    .ip_en_o     (ip_en),
    .ip_off_o    (ip_off),
    .ip_val_o    (ip_val),
    .tu_en_o     (tu_en),
    .tu_off_o    (tu_off),
    .tu_val_o    (tu_val)
  );

  /////////////
  // Results //
  /////////////

  logic        ip_en, tu_en;
  logic [7:0]  ip_off, tu_off;
  logic [15:0] ip_val, tu_val;
  logic [49:0] res [Slots];

  always_ff @(posedge clk_i) begin
    if (through) res[copied_q[SlotW-1:0]] <= {ip_en, ip_off, ip_val, tu_en, tu_off, tu_val};
  end
  assign {ip_en_o, ip_off_o, ip_val_o, tu_en_o, tu_off_o, tu_val_o} = res[res_slot_i];
  assign copied_o = copied_q;

  if (Igb) begin : gen_heads
    logic [127:0] bytes_q;
    logic [127:0] heads [Slots];

    always_ff @(posedge clk_i) begin
      if (written && word2_q == 12'd0) bytes_q[63:0] <= data;
      if (written && word2_q == 12'd1) bytes_q[127:64] <= data;
      if (through) heads[copied_q[SlotW-1:0]] <= bytes_q;
    end
    assign head_o = heads[res_slot_i];
  end else begin : gen_no_heads
    assign head_o = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q <= '0;
      at_q <= '0;
      copied_q <= '0;
      fresh_q <= 1'b1;
      head_q <= 1'b0;
      word_q <= '0;
      valid_q <= 1'b0;
      keep_q <= 1'b0;
      head2_q <= 1'b0;
      first_q <= 1'b0;
      end_q <= 1'b0;
      slot_q <= '0;
      word2_q <= '0;
      mask_q <= '0;
      addr_q <= '0;
    end else begin
      put_q <= put_d;
      at_q <= at_d;
      copied_q <= copied_d;
      fresh_q <= fresh_d;
      head_q <= head_d;
      word_q <= word_d;
      valid_q <= valid_d;
      if (go) begin
        keep_q <= rd.hdr && !head;
        head2_q <= head;
        first_q <= rd.begins && (head ? word == '0 : fresh_q);
        end_q <= last_op;
        slot_q <= at_q[SlotW-1:0];
        word2_q <= word;
        mask_q <= mask;
        addr_q <= addr[12:0];
      end
    end
  end

endmodule
