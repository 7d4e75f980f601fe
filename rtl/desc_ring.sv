// SPDX-License-Identifier: Apache-2.0
// One descriptor ring: prefetch into the cache, completion by the consumer, write-back by threshold
// or flush, and the causes that depend on write-backs. Twin of model/desc_ring.c, for both rings;
// its flushes are in ring_flush.sv. Igb = 1: a ring of the 82576 (desc_ring_82576.sv).
//
// Cycle contract: that of model/desc_ring.h and of docs/cycle-contract.md, "Descriptor rings".
// Order within a tick: port and host; register writes and restart; the consumer, then the timers;
// flushes that are through; new requests.
//
// Differences in form: counts run modulo 256 (no two of them are further apart than the cache is
// long); a cause is a flop that is 1 for a cycle; completions come beat by beat and are stored as
// they come, but `filled` moves with the last one; the RS bits are a queue, with that of
// the descriptor to be written back next in bit 0, not one for each slot of the cache. The cache is
// two memories, so that each has one write port: what was fetched, read by the consumer without a
// clock; and what is completed, read by the port with one. Each is two banks, the halves of a
// descriptor. Loops that mostly find nothing are behind a condition: simulators pass them by.
// Known differences: none. Meters (eop_bits, lost_frames, wrote_n) are left out.
module desc_ring #(
  parameter bit Igb = 1'b0 // strap: what is marked 82576 is there, and no causes
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         tx_i,    // a transmit ring; a constant
  input  logic         reset_i, // CTRL.RST: to the reset state in this tick

  // regs; a write of head, base or length restarts the ring
  input  logic         en_i,
  input  logic         restart_i,
  input  logic [31:0]  bal_i,
  input  logic [31:0]  bah_i,
  input  logic [15:0]  n_i,     // descriptors in the ring, a multiple of 8: RDLEN has bits 19:7
  input  logic [15:0]  tail_i,
  input  logic [31:0]  dctl_i,
  input  logic [4:0]   rdmts_i, // RCTL.RDMTS; 82576: SRRCTL.RDMTS
  input  logic         head_we_i,
  input  logic [15:0]  head_wdata_i,
  // 82576; the 82540EM has 1, 1, 0, 0
  input  logic         enable_i,    // this queue: it fetches, and thresholds hold
  input  logic         gate_open_i, // of the vector of this queue: thresholds do not hold
  input  logic [7:0]   func_i,      // whose it is
  input  logic [63:0]  head_wb_i,   // TDWBAH, TDWBAL
  output logic [15:0]  head_o,

  // consumer: its count, and what it has finished
  input  logic [7:0]   taken_i,
  input  logic         done_i,
  input  logic         done_eop_i,  // 82576
  input  logic         done_rs_i,
  input  logic [127:0] done_wb_i,
  input  logic         immediate_i, // 82576, receive: a low-latency frame ends here
  output logic [7:0]   filled_o,
  output logic [127:0] desc_o,      // descriptor taken_i
  output logic [127:0] desc_next_o, // the one behind it
  output logic         empty_o,
  output logic [6:0]   whole_o,     // 82576, transmit: packets here whole, not taken

  // timers, irq
  input  logic         flush_i,
  input  logic [31:0]  flush_cause_i,
  output logic [31:0]  cause_o,
  // 82576: a write-back is done that counts
  output logic         event_valid_o,
  output logic [6:0]   event_packets_o,
  output logic         event_rxdmt_o,
  output logic         event_lli_o,
  output logic         idle_o, // nothing under way, no cause, and what is received is written back
  output logic         fetching_o, // from the request to the last beat of what it asked for

  // host port: fetch
  input  logic         fetch_sent_i,
  input  logic [14:0]  fetch_granted_i, // bytes of the fetch request that have gone out
  input  logic         fetch_held_i,    // 82576: the arbiter has picked it
  output logic         fetch_valid_o,
  output logic [63:0]  fetch_addr_o,
  output logic [14:0]  fetch_len_o,
  output logic [7:0]   fetch_func_o,

  // host port: write-back, and its payload
  input  logic         wb_sent_i,
  input  logic         wb_held_i,       // 82576: likewise
  output logic         wb_valid_o,
  output logic [63:0]  wb_addr_o,
  output logic [14:0]  wb_len_o,
  output logic [15:0]  wb_off_o,
  output logic [7:0]   wb_func_o,
  input  logic [6:0]   pay_addr_i,
  input  logic [6:0]   pay_next_i,
  output logic [127:0] pay_o,

  // payload beats of the completions of this ring
  input  logic         cpl_valid_i,
  input  logic [63:0]  cpl_data_i
);

  localparam logic [7:0] Cache = 8'(nic_pkg::DescCache);
  localparam int unsigned SlotW = $clog2(nic_pkg::DescCache);
  localparam int unsigned StatusAt = nic_pkg::E1000_TXD_STAT_LSB / 8; // byte
  localparam int unsigned ThrW = nic_pkg::E1000_RXDCTL_PTHRESH_W;
  localparam int unsigned LowW = nic_pkg::E1000_TXDCTL_LWTHRESH_W;
  localparam int unsigned EopAt = nic_pkg::E1000_TXD_CMD_LSB + nic_pkg::E1000_TXD_CMD_EOP_LSB - 64;
  localparam int unsigned DextAt = EopAt + nic_pkg::E1000_TXD_CMD_DEXT_LSB
                                 - nic_pkg::E1000_TXD_CMD_EOP_LSB;
  localparam int unsigned DtypAt = nic_pkg::E1000_TXD_DTYP_LSB - 64;
  localparam logic [3:0]  DtypContext = 4'd2; // IGB_ATXD_DTYP_C, rtl/desc_82576.def
  localparam int unsigned WbMax = Igb ? nic_pkg::DescCache : nic_pkg::DescWbMax;
  localparam int unsigned WbW = $clog2(WbMax + 1);

  logic [15:0] head_d, head_q;           // RDH / TDH
  logic [15:0] fetch_idx_d, fetch_idx_q; // place in the ring of the next fetch
  logic [15:0] wb_idx_d, wb_idx_q;       // and of the next write-back
  logic [7:0]  fetch_d, fetch_q;         // counts since the restart
  logic [7:0]  filled_d, filled_q;
  logic [7:0]  done_d, done_q;
  logic [7:0]  wrote_d, wrote_q;
  // fetch
  logic        fetch_valid_d, fetch_valid_q; // request to the port
  logic [63:0] fetch_addr_d, fetch_addr_q;
  logic        fetching_d, fetching_q;   // from request to the last completion
  logic        discard_d, discard_q;     // the fetch under way is not wanted any more
  logic [5:0]  fetch_n_d, fetch_n_q;     // descriptors asked for
  logic [9:0]  fetch_bytes_d, fetch_bytes_q; // still to come
  // write-back
  logic        wb_valid_d, wb_valid_q;   // request to the port
  logic [63:0] wb_addr_d, wb_addr_q;
  logic [7:0]  wb_len_d, wb_len_q;
  logic [9:0]  wb_off_d, wb_off_q;
  logic [WbW-1:0] wb_n_d, wb_n_q;
  logic        wb_head_d, wb_head_q;     // it is one of the head
  logic [15:0] wb_value_d, wb_value_q;
  logic [7:0]  fetch_func_d, fetch_func_q;
  logic [7:0]  wb_func_d, wb_func_q;
  logic        wb_stale_d, wb_stale_q;   // it belongs to before a restart
  // transmit: finished with RS, not written back; 82576, receive: with EOP
  logic [nic_pkg::DescCache-1:0] rs_bits_d, rs_bits_q; // bit i is that of count wrote_q + i
  logic [6:0]  rs_pending_d, rs_pending_q;
  logic [31:0] cause_d, cause_q;
  // 82576
  logic [nic_pkg::DescCache-1:0] lli_bits_d, lli_bits_q; // as rs_bits
  logic [nic_pkg::DescCache-1:0] ends_d, ends_q; // fetched with EOP, by slot of the cache
  logic        event_d, event_q;
  logic [6:0]  event_packets_d, event_packets_q;
  logic        event_rxdmt_d, event_rxdmt_q;
  logic        event_lli_d, event_lli_q;

  ////////////////
  // Arithmetic //
  ////////////////

  // From a to b in a ring of n.
  function automatic logic [15:0] span(logic [15:0] a, logic [15:0] b, logic [15:0] n);
    span = (b >= a) ? b - a : n - a + b;
  endfunction

  // a + k in a ring of n, 1 <= k <= 64.
  //
  // An index is inside its ring: where it is not, nothing is fetched, so nothing is written back.
  // With n >= 64 there is at most one wrap. Below that n is 8 m with m < 8: the lowest three bits
  // never wrap; what is above them is at most (55 + 64) / 8 = 14, and is taken modulo m.
  // One exception: software shortens the ring in the very cycle in which a write-back is done. Then
  // a, of the longer ring, may be outside; the first step goes to 0, and k is at most DescWbMax,
  // which is not more than n.
  function automatic logic [15:0] step(logic [15:0] a, logic [6:0] k, logic [15:0] n);
    logic [16:0] x;
    logic [6:0]  eighths;
    x = (a >= n) ? 17'(k) - 17'd1 : 17'(a) + 17'(k);
    eighths = {3'b0, x[6:3]};
    for (int i = 3; i >= 0; i--) begin
      if (eighths >= (7'(n[5:3]) << i)) eighths = eighths - (7'(n[5:3]) << i);
    end
    if (n[15:6] != '0) step = (x >= 17'(n)) ? 16'(x - 17'(n)) : x[15:0];
    else if (n[5:3] != '0) step = {10'b0, eighths[2:0], x[2:0]};
    else step = '0;
  endfunction

  // A threshold field in descriptors: GRAN = 0 counts cache lines of two.
  function automatic logic [7:0] threshold(logic [ThrW-1:0] field, logic gran);
    threshold = gran ? {2'b0, field} : {1'b0, field, 1'b0};
  endfunction

  // Bits by slot of the cache: those of `n` slots from `at` on, that one in bit 0.
  function automatic logic [63:0] here(logic [63:0] bits, logic [SlotW-1:0] at, logic [7:0] n);
    logic [63:0] turned;
    here = '0;
    if (n != '0) begin
      turned = 64'({bits, bits} >> at);
      here = turned & (~64'b0 >> (Cache - n));
    end
  endfunction

  logic [63:0] base;
  logic [63:0] ends_here;
  logic [7:0]  pthresh, hthresh, wthresh;
  logic [15:0] lwthresh;

  assign base = {bah_i, bal_i};
  assign pthresh = threshold(dctl_i[nic_pkg::E1000_RXDCTL_PTHRESH_LSB+:ThrW],
                             dctl_i[nic_pkg::E1000_RXDCTL_GRAN_LSB]);
  assign hthresh = threshold(dctl_i[nic_pkg::E1000_RXDCTL_HTHRESH_LSB+:ThrW],
                             dctl_i[nic_pkg::E1000_RXDCTL_GRAN_LSB]);
  assign wthresh = threshold(dctl_i[nic_pkg::E1000_RXDCTL_WTHRESH_LSB+:ThrW],
                             dctl_i[nic_pkg::E1000_RXDCTL_GRAN_LSB]);
  assign lwthresh = 16'(dctl_i[nic_pkg::E1000_TXDCTL_LWTHRESH_LSB+:LowW]) << 3;

  //////////////////////////////////////////
  // Written back, stepped over, finished //
  //////////////////////////////////////////

  logic        written;  // a write-back is done that counts
  logic        consumed; // the consumer has finished one that counts
  logic [WbW-1:0] wrote_n; // descriptors of that write-back
  logic [7:0]  open;     // finished in the cache, those of this tick included
  logic        set_rs;
  logic [63:0] rs_bits, rs_stop;
  logic [63:0] lli_bits;
  logic [6:0]  front;    // written back or stepped over in this tick
  logic [WbW-1:0] rs_wrote; // of the first with RS
  logic        lli_wrote;
  logic [15:0] wb_idx;   // behind them

  assign written = wb_sent_i && !wb_stale_q;
  assign consumed = done_i && !restart_i;
  assign wrote_n = written ? wb_n_q : '0;
  assign open = done_q + 8'(consumed) - wrote_q;
  assign set_rs = consumed && (tx_i ? done_rs_i : (Igb && done_eop_i));

  // Transmit: descriptors without RS are not written back; those in front are stepped over, behind
  // what has just been written, up to the first one with RS or the first that is not finished.
  always_comb begin
    rs_bits = rs_bits_q;
    if (set_rs) rs_bits[SlotW'(done_q - wrote_q)] = 1'b1;
    lli_bits = lli_bits_q;
    if (Igb && consumed) lli_bits[SlotW'(done_q - wrote_q)] = immediate_i;
    rs_stop = rs_bits;
    rs_wrote = '0;
    lli_wrote = 1'b0;
    if (written) begin
      for (int unsigned i = 0; i < WbMax; i++) begin
        if (WbW'(i) < wrote_n) begin
          rs_stop[i] = 1'b0;
          rs_wrote = rs_wrote + WbW'(rs_bits_q[i]);
          lli_wrote = lli_wrote || lli_bits_q[i];
        end
      end
    end
    if (open < Cache) rs_stop[open[SlotW-1:0]] = 1'b1;
    if (!tx_i) begin
      front = 7'(wrote_n);
    end else if (open == '0) begin
      front = '0;
    end else begin
      front = 7'(nic_pkg::DescCache);
      for (int i = nic_pkg::DescCache - 1; i >= 0; i--) begin
        if (rs_stop[i]) front = 7'(i);
      end
    end
  end

  assign wb_idx = (front == '0) ? wb_idx_q : step(wb_idx_q, front, n_i);

  always_comb begin
    done_d = done_q + 8'(consumed);
    wrote_d = wrote_q + 8'(front);
    wb_idx_d = wb_idx;
    rs_bits_d = rs_bits >> front;
    lli_bits_d = lli_bits >> front;
    rs_pending_d = rs_pending_q + 7'(set_rs) - 7'(rs_wrote);
    if (restart_i) begin
      done_d = '0;
      wrote_d = '0;
      wb_idx_d = head_d;
      rs_bits_d = '0;
      lli_bits_d = '0;
      rs_pending_d = '0;
    end
    if (reset_i) begin
      done_d = '0;
      wrote_d = '0;
      wb_idx_d = '0;
      rs_bits_d = '0;
      lli_bits_d = '0;
      rs_pending_d = '0;
    end
  end

  /////////////////////
  // Head and causes //
  /////////////////////

  logic [15:0] rx_head, tx_head;         // where it moves
  logic        tail_inside;
  logic [15:0] free_before, free_behind; // descriptors that software has given
  logic [15:0] rdmts_limit;
  logic        rxdmt0, txqe, txd_low;
  logic [31:0] immediate_cause;
  logic        flush_pending;
  logic [31:0] flush_cause;

  assign rx_head = wb_idx;
  assign tx_head = (17'(head_q) + 17'd1 >= 17'(n_i)) ? '0 : head_q + 16'd1;
  assign tail_inside = tail_i < n_i && head_q < n_i;
  assign free_before = tail_inside ? span(head_q, tail_i, n_i) : '0;
  assign free_behind = span(rx_head, tail_i, n_i);
  assign rdmts_limit = Igb ? {7'b0, rdmts_i, 4'b0}
                           : n_i >> ((rdmts_i[1:0] > 2'd1) ? 2'd3 : rdmts_i[1:0] + 2'd1);

  // The free descriptors pass the threshold downwards.
  assign rxdmt0 = !tx_i && written && free_before > rdmts_limit && free_behind <= rdmts_limit;
  assign txqe = tx_i && consumed && tx_head == tail_i;
  assign txd_low = tx_i && consumed && free_before == lwthresh + 16'd1;

  always_comb begin
    head_d = head_q;
    if (!tx_i && written) head_d = rx_head;
    if (tx_i && consumed) head_d = tx_head;
    if (head_we_i) head_d = head_wdata_i;
    if (reset_i) head_d = '0;

    cause_d = flush_cause;
    if (rxdmt0) cause_d[nic_pkg::E1000_ICR_RXDMT0_LSB] = 1'b1;
    if (txqe) cause_d[nic_pkg::E1000_ICR_TXQE_LSB] = 1'b1;
    if (txd_low) cause_d[nic_pkg::E1000_ICR_TXD_LOW_LSB] = 1'b1;
    if (reset_i || Igb) cause_d = '0;

    event_d = Igb && written && !reset_i;
    event_packets_d = event_d ? 7'(rs_wrote) : '0;
    event_rxdmt_d = event_d && rxdmt0;
    event_lli_d = event_d && lli_wrote;
  end

  assign immediate_cause = tx_i ? 32'd1 << nic_pkg::E1000_ICR_TXDW_LSB
                                : 32'd1 << nic_pkg::E1000_ICR_RXT0_LSB;

  ring_flush u_flush (
    .clk_i,
    .rst_ni,
    .reset_i,
    .restart_i,
    .immediate_i       (consumed && immediate_i),
    .immediate_cause_i (immediate_cause),
    .flush_i,
    .flush_cause_i,
    .done_i            (done_d),
    .wrote_i           (wrote_d),
    .pending_o         (flush_pending),
    .cause_o           (flush_cause)
  );

  ////////////////
  // Write-back //
  ////////////////

  logic        wb_busy;  // one is still under way
  logic [7:0]  wb_wait;  // finished and not written back
  logic [7:0]  wb_pending; // of them, those that ask for it
  logic        wb_due, wb_start;
  logic        wb_keeps; // it is not withdrawn
  logic [3:0]  wb_count;
  logic [15:0] wb_to_end; // of the ring
  logic [6:0]  wb_to_slots_end; // of the cache

  assign wb_busy = wb_valid_q && !wb_sent_i;
  assign wb_keeps = wb_busy && !(Igb && restart_i && !wb_held_i);
  assign wb_wait = done_d - wrote_d;
  assign wb_pending = tx_i ? 8'(rs_pending_d) : wb_wait;
  // A cache that is full of finished descriptors must not wait for a threshold out of its reach.
  assign wb_due = wb_pending >= wthresh || flush_pending || wb_wait >= Cache ||
                  (Igb && (gate_open_i || !enable_i || starved));
  assign wb_start = !wb_busy && !restart_i && wb_pending != '0 && n_i != '0 && wb_due;
  assign wb_to_end = n_i - wb_idx_d;
  assign wb_to_slots_end = 7'(nic_pkg::DescCache) - 7'(wrote_d[SlotW-1:0]);

  always_comb begin
    wb_count = 4'(nic_pkg::DescWbMax);
    if (wb_wait < 8'(wb_count)) wb_count = wb_wait[3:0];
    if (wb_to_end < 16'(wb_count)) wb_count = wb_to_end[3:0];
    if (wb_to_slots_end < 7'(wb_count)) wb_count = wb_to_slots_end[3:0];
  end

  always_comb begin
    wb_valid_d = wb_keeps || wb_start;
    wb_stale_d = (wb_stale_q && !wb_sent_i) || (restart_i && wb_keeps);
    wb_head_d = wb_head_q;
    wb_value_d = wb_value_q;
    wb_func_d = (Igb && wb_start) ? func_i : wb_func_q;
    wb_n_d = wb_n_q;
    wb_addr_d = wb_addr_q;
    wb_len_d = wb_len_q;
    wb_off_d = wb_off_q;
    if (Igb && wb_start) wb_head_d = tx_i && head_wb_i[0];
    if (wb_start && wb_head_d) begin // for all that are finished
      wb_n_d = WbW'(wb_wait);
      wb_addr_d = {head_wb_i[63:2], 2'b0};
      wb_len_d = 8'd4;
      wb_off_d = '0;
      wb_value_d = head_d;
    end else if (wb_start && tx_i && wthresh == '0) begin // only the status byte of one descriptor
      wb_n_d = WbW'(1);
      wb_addr_d = base + {44'b0, wb_idx_d, 4'b0} + 64'(StatusAt);
      wb_len_d = 8'd1;
      wb_off_d = {wrote_d[SlotW-1:0], 4'(StatusAt)};
    end else if (wb_start) begin
      wb_n_d = WbW'(wb_count);
      wb_addr_d = base + {44'b0, wb_idx_d, 4'b0};
      wb_len_d = {wb_count, 4'b0};
      wb_off_d = {wrote_d[SlotW-1:0], 4'b0};
    end
    if (reset_i) begin
      wb_valid_d = 1'b0;
      wb_stale_d = 1'b0;
    end
  end

  ///////////
  // Fetch //
  ///////////

  logic        cpl, cpl_last;
  logic [7:0]  filled;             // behind the completion of this tick
  logic        fetching, fetch_busy; // likewise
  logic [7:0]  cached;             // not taken by the consumer
  logic [7:0]  room;
  logic [15:0] avail;              // in the ring, not fetched
  logic [15:0] fetch_to_end;       // of the ring
  logic [5:0]  fetch_count;
  logic        fetch_start;
  logic [9:0]  owed;               // reset: bytes that will still come
  logic        fetch_keeps;        // it is not withdrawn
  logic        none_whole;         // transmit: no packet is here whole
  logic        starved;            // nor is there room for one

  assign cpl = cpl_valid_i && fetching_q;
  assign cpl_last = cpl && fetch_bytes_q == 10'(nic_pkg::BeatBytes);
  assign filled = (cpl_last && !discard_q) ? filled_q + 8'(fetch_n_q) : filled_q;
  assign fetching = fetching_q && !cpl_last;
  assign fetch_busy = fetching || (fetch_valid_q && !fetch_sent_i);
  assign fetch_keeps = !(Igb && restart_i && fetch_valid_q && !fetch_held_i);
  assign none_whole = Igb && tx_i && (here(ends_d, taken_i[SlotW-1:0], cached) == '0);
  assign starved = none_whole && !fetching && room == '0;
  assign cached = filled - taken_i;
  assign room = Cache - (fetch_q - wrote_d);
  assign avail = (fetch_idx_q < n_i && tail_i < n_i) ? span(fetch_idx_q, tail_i, n_i) : '0;
  assign fetch_to_end = n_i - fetch_idx_q;
  // Descriptors of before a restart still lie in the cache while they are written back.
  assign fetch_start = !fetch_busy && en_i && (enable_i || !Igb) && !restart_i &&
                       !(wb_stale_q && !wb_sent_i) &&
                       avail != '0 && room != '0 &&
                       (cached == '0 || (cached < pthresh && avail >= 16'(hthresh)) || none_whole);

  always_comb begin
    fetch_count = 6'(nic_pkg::DescFetchMax);
    if (avail < 16'(fetch_count)) fetch_count = avail[5:0];
    if (room < 8'(fetch_count)) fetch_count = room[5:0];
    if (fetch_to_end < 16'(fetch_count)) fetch_count = fetch_to_end[5:0];
  end

  // Of a request still at the port, what has gone out will come.
  always_comb begin
    owed = fetch_bytes_q;
    if (fetch_valid_q) owed = 10'(fetch_granted_i) - ({fetch_n_q, 4'b0} - fetch_bytes_q);
    if (Igb && fetch_valid_q && !fetch_held_i) owed = '0;
    if (cpl_valid_i) owed = owed - 10'(nic_pkg::BeatBytes);
    if (!fetching_q) owed = '0;
  end

  always_comb begin
    fetch_valid_d = (fetch_valid_q && !fetch_sent_i && fetch_keeps) || fetch_start;
    fetching_d = (fetching && fetch_keeps) || fetch_start;
    discard_d = fetching && fetch_keeps && (discard_q || restart_i);
    fetch_func_d = (Igb && fetch_start) ? func_i : fetch_func_q;
    fetch_bytes_d = cpl ? fetch_bytes_q - 10'(nic_pkg::BeatBytes) : fetch_bytes_q;
    filled_d = filled;
    fetch_d = fetch_q;
    fetch_idx_d = fetch_idx_q;
    fetch_n_d = fetch_n_q;
    fetch_addr_d = fetch_addr_q;
    if (fetch_start) begin
      fetch_n_d = fetch_count;
      fetch_bytes_d = {fetch_count, 4'b0};
      fetch_addr_d = base + {44'b0, fetch_idx_q, 4'b0};
      fetch_d = fetch_q + 8'(fetch_count);
      // not beyond the end of the ring
      fetch_idx_d = (16'(fetch_count) == fetch_to_end) ? '0 : fetch_idx_q + 16'(fetch_count);
    end
    if (restart_i) begin
      filled_d = '0;
      fetch_d = '0;
      fetch_idx_d = head_d;
    end
    if (reset_i) begin
      filled_d = '0;
      fetch_d = '0;
      fetch_idx_d = '0;
      fetch_valid_d = 1'b0;
      fetch_bytes_d = owed;
      fetching_d = (owed != '0);
      discard_d = (owed != '0);
    end
  end

  ///////////
  // Cache //
  ///////////

  logic [63:0]      lo [nic_pkg::DescCache]; // fetched
  logic [63:0]      hi [nic_pkg::DescCache];
  logic [63:0]      done_lo [nic_pkg::DescCache]; // completed
  logic [63:0]      done_hi [nic_pkg::DescCache];
  logic             put;       // a beat is stored
  logic [9:0]       got;       // bytes of this fetch before it
  logic [SlotW-1:0] put_slot;
  logic             done_put;
  logic [SlotW-1:0] slot, slot_next;

  assign put = cpl && !discard_q;
  assign got = {fetch_n_q, 4'b0} - fetch_bytes_q;
  assign put_slot = filled_q[SlotW-1:0] + got[9:4];
  assign done_put = consumed && !reset_i;

  // Which of the fetched descriptors end a packet.
  always_comb begin
    ends_d = ends_q;
    if (Igb && tx_i && put && got[3]) begin
      ends_d[put_slot] = cpl_data_i[EopAt] &&
                         !(cpl_data_i[DextAt] && cpl_data_i[DtypAt+:4] == DtypContext);
    end
  end

  assign slot = taken_i[SlotW-1:0];
  assign slot_next = slot + SlotW'(1);
  assign desc_o = {hi[slot], lo[slot]};
  assign desc_next_o = {hi[slot_next], lo[slot_next]};

  // A pair of words is one word of either bank.
  always_ff @(posedge clk_i) begin
    if (put && !got[3]) lo[put_slot] <= cpl_data_i;
    if (put && got[3]) hi[put_slot] <= cpl_data_i;
    if (done_put) done_lo[done_q[SlotW-1:0]] <= done_wb_i[63:0];
    if (done_put) done_hi[done_q[SlotW-1:0]] <= done_wb_i[127:64];
    pay_o[63:0] <= pay_addr_i[0] ? done_hi[pay_addr_i[6:1]] : done_lo[pay_addr_i[6:1]];
    if (Igb && wb_head_q) pay_o[63:0] <= 64'(wb_value_q);
    pay_o[127:64] <= pay_next_i[0] ? done_hi[pay_next_i[6:1]] : done_lo[pay_next_i[6:1]];
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0;
      fetch_idx_q <= '0;
      wb_idx_q <= '0;
      fetch_q <= '0;
      filled_q <= '0;
      done_q <= '0;
      wrote_q <= '0;
      fetch_valid_q <= 1'b0;
      fetch_addr_q <= '0;
      fetching_q <= 1'b0;
      discard_q <= 1'b0;
      fetch_n_q <= '0;
      fetch_bytes_q <= '0;
      wb_valid_q <= 1'b0;
      wb_addr_q <= '0;
      wb_len_q <= '0;
      wb_off_q <= '0;
      wb_n_q <= '0;
      wb_stale_q <= 1'b0;
      rs_bits_q <= '0;
      rs_pending_q <= '0;
      cause_q <= '0;
      wb_head_q <= 1'b0;
      wb_value_q <= '0;
      fetch_func_q <= '0;
      wb_func_q <= '0;
      lli_bits_q <= '0;
      ends_q <= '0;
      event_q <= 1'b0;
      event_packets_q <= '0;
      event_rxdmt_q <= 1'b0;
      event_lli_q <= 1'b0;
    end else begin
      head_q <= head_d;
      fetch_idx_q <= fetch_idx_d;
      wb_idx_q <= wb_idx_d;
      fetch_q <= fetch_d;
      filled_q <= filled_d;
      done_q <= done_d;
      wrote_q <= wrote_d;
      fetch_valid_q <= fetch_valid_d;
      fetch_addr_q <= fetch_addr_d;
      fetching_q <= fetching_d;
      discard_q <= discard_d;
      fetch_n_q <= fetch_n_d;
      fetch_bytes_q <= fetch_bytes_d;
      wb_valid_q <= wb_valid_d;
      wb_addr_q <= wb_addr_d;
      wb_len_q <= wb_len_d;
      wb_off_q <= wb_off_d;
      wb_n_q <= wb_n_d;
      wb_stale_q <= wb_stale_d;
      rs_bits_q <= rs_bits_d;
      rs_pending_q <= rs_pending_d;
      cause_q <= cause_d;
      wb_head_q <= wb_head_d;
      wb_value_q <= wb_value_d;
      fetch_func_q <= fetch_func_d;
      wb_func_q <= wb_func_d;
      lli_bits_q <= lli_bits_d;
      ends_q <= ends_d;
      event_q <= event_d;
      event_packets_q <= event_packets_d;
      event_rxdmt_q <= event_rxdmt_d;
      event_lli_q <= event_lli_d;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign head_o = head_q;
  assign filled_o = filled_q;
  assign empty_o = (filled_q == taken_i) && !fetching_q && (avail == '0);
  assign cause_o = cause_q;
  assign event_valid_o = event_q;
  assign event_packets_o = event_packets_q;
  assign event_rxdmt_o = event_rxdmt_q;
  assign event_lli_o = event_lli_q;
  assign fetching_o = fetching_q;
  assign idle_o = !fetch_valid_q && !fetching_q && !wb_valid_q && (cause_q == '0) && !event_q &&
                  (tx_i || wrote_q == done_q);
  assign fetch_valid_o = fetch_valid_q;
  assign fetch_addr_o = fetch_addr_q;
  assign fetch_len_o = 15'({fetch_n_q, 4'b0});
  assign fetch_func_o = fetch_func_q;
  assign wb_valid_o = wb_valid_q;
  assign wb_addr_o = wb_addr_q;
  assign wb_len_o = 15'(wb_len_q);
  assign wb_off_o = 16'(wb_off_q);
  assign wb_func_o = wb_func_q;

  always_comb begin
    whole_o = '0;
    if (ends_here != '0) begin
      for (int unsigned i = 0; i < nic_pkg::DescCache; i++) begin
        whole_o = whole_o + 7'(ends_here[i]);
      end
    end
  end

  assign ends_here = Igb ? here(ends_q, taken_i[SlotW-1:0], filled_q - taken_i) : '0;

  logic unused_bits;
  assign unused_bits = ^{done_eop_i, enable_i, func_i, gate_open_i, head_wb_i, fetch_held_i,
                         wb_held_i, rdmts_i[4:2], immediate_i, lli_wrote, lli_bits_q,
                         dctl_i[23:22], dctl_i[15:14], dctl_i[7:6], fetch_granted_i[14:10],
                         got[2:0]};

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !reset_i) begin
      // What step() relies on.
      Granule_A:  assert (n_i[2:0] == '0);
      Inside_A:   assert (wrote_q == fetch_q || restart_i || wb_idx_q < n_i);
      // The head is written only with a restart.
      HeadWrite_A: assert (!head_we_i || restart_i);
      // Fetched, and not written back, are at most as many as the cache has room for.
      Room_A:     assert (fetch_q - wrote_q <= Cache);
      Order_A:    assert (done_q - wrote_q <= filled_q - wrote_q &&
                          filled_q - wrote_q <= fetch_q - wrote_q);
      // Nothing is written back that is not finished.
      Written_A:  assert (!written || 8'(wb_n_q) <= done_q - wrote_q);
      Pending_A:  assert (rs_pending_q <= 7'(nic_pkg::DescCache));
    end
  end
`endif

endmodule
