// SPDX-License-Identifier: Apache-2.0
// Moves accepted frames from the packet buffer into host buffers, one request (one descriptor's
// share) at a time. Twin of model/rx_dma.c.
//
// Cycle contract: a frame and a descriptor visible in cycle c -> the data request is visible to the
// port in c+1. `done` of the port visible in cycle d -> in d+1 are visible: the completed
// descriptor to the ring, for the last one P to the timers and the freed granules to the packet
// buffer, and the request of the next frame if there is one.
//
// Memories are read without a clock: entry frames_o of the frame list and the one behind it,
// descriptor taken_o of the ring's cache and the one behind it.
// Differences in form: what the C keeps as a stamp (done.cyc, p_cyc, rnbc_cyc) is a flop here that
// is 1 for a cycle; an entry of the C's free list is p_o with granules_o.
// Known differences: none.
module rx_dma (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: to the reset state in this tick

  // from regs
  input  logic        en_i,      // RCTL.EN
  input  logic        restart_i, // of the ring
  input  logic [1:0]  bsize_i,   // RCTL.BSIZE
  input  logic        bsex_i,    // RCTL.BSEX

  // packet buffer: frames accepted, the entry of frames_o, what matters of the one behind it
  input  logic [11:0] frames_i,
  input  logic [15:0] frame_start_i,
  input  logic [14:0] frame_len_i,
  input  logic [10:0] frame_granules_i,
  input  logic [15:0] frame_csum_i,
  input  logic [15:0] frame_vlan_i,
  input  logic [7:0]  frame_status_i,
  input  logic [7:0]  frame_errors_i,
  input  logic [15:0] next_start_i,
  input  logic [14:0] next_len_i,
  input  logic [16:0] mem_bytes_i, // of the receive region
  output logic [11:0] frames_o,    // frames finished (free running)
  output logic [10:0] granules_o,  // given back with p_o

  // ring: descriptors in the cache, addresses in descriptor taken_o and the one behind it
  input  logic [7:0]  filled_i,
  input  logic [63:0] desc_i,
  input  logic [63:0] desc_next_i,
  input  logic        ring_empty_i,
  output logic [7:0]  taken_o,    // since the restart of the ring (free running)
  output logic        done_o,     // a descriptor is completed
  output logic        done_eop_o,
  output logic [127:0] done_wb_o,

  // timers
  output logic        p_o,        // a packet is in host memory
  output logic [14:0] p_len_o,

  // stats
  output logic        rnbc_o,

  // host port
  input  logic        sent_i,
  output logic        req_valid_o,
  output logic [63:0] req_addr_o,
  output logic [14:0] req_len_o,
  output logic [15:0] req_off_o
);

  localparam logic [7:0] StaDd = 8'b1 << nic_pkg::E1000_RXD_STAT_DD_LSB;
  localparam logic [7:0] StaEop = 8'b1 << nic_pkg::E1000_RXD_STAT_EOP_LSB;
  localparam int unsigned LengthAt = nic_pkg::E1000_RXD_LENGTH_LSB;
  localparam int unsigned CsumAt = nic_pkg::E1000_RXD_CSUM_LSB;
  localparam int unsigned StatAt = nic_pkg::E1000_RXD_STAT_LSB;
  localparam int unsigned ErrAt = nic_pkg::E1000_RXD_ERR_LSB;
  localparam int unsigned SpecialAt = nic_pkg::E1000_RXD_SPECIAL_LSB;

  typedef enum logic [1:0] {RxdIdle, RxdReq, RxdStale} state_e;

  state_e       state_d, state_q;
  logic [7:0]   taken_d, taken_q;
  logic [11:0]  frames_d, frames_q;
  logic [14:0]  off_d, off_q;     // bytes of the present frame already in host memory
  logic [14:0]  chunk_d, chunk_q; // bytes of the request under way
  logic         starved_d, starved_q; // RNBC was counted for the present frame
  logic         done_d, done_q;
  logic         eop_d, eop_q;
  logic         p_d, p_q;
  logic         rnbc_d, rnbc_q;
  logic [127:0] wb_d, wb_q;
  logic [14:0]  p_len_d, p_len_q;
  logic [10:0]  granules_d, granules_q;
  logic [63:0]  addr_d, addr_q;
  logic [15:0]  req_off_d, req_off_q;

  ////////////////////////////////////////
  // The descriptor that is through now //
  ////////////////////////////////////////

  logic         finish, last;
  logic [15:0]  end_off;
  logic [127:0] finish_wb;

  assign end_off = 16'(off_q) + 16'(chunk_q);
  assign finish = sent_i && (state_q == RxdReq) && !restart_i;
  assign last = finish && (end_off >= 16'(frame_len_i));

  always_comb begin
    finish_wb = {64'b0, desc_i};
    finish_wb[LengthAt+:16] = 16'(chunk_q);
    // the checksum: first descriptor only
    if (off_q == '0) finish_wb[CsumAt+:16] = frame_csum_i;
    finish_wb[StatAt+:8] = StaDd;
    if (last) begin
      finish_wb[StatAt+:8] = StaDd | StaEop | frame_status_i;
      finish_wb[ErrAt+:8] = frame_errors_i;
      finish_wb[SpecialAt+:16] = frame_vlan_i;
    end
  end

  ////////////////
  // Next state //
  ////////////////

  logic        idle;           // nothing is asked for, behind what has come in this tick
  logic        pending;        // a frame waits
  logic [63:0] desc;
  logic [15:0] start;
  logic [14:0] left, size;
  logic [16:0] at;

  always_comb begin
    state_d = state_q;
    taken_d = taken_q;
    frames_d = frames_q;
    off_d = off_q;
    chunk_d = chunk_q;
    starved_d = starved_q;
    done_d = 1'b0;
    eop_d = eop_q;
    wb_d = wb_q;
    p_d = 1'b0;
    p_len_d = p_len_q;
    granules_d = granules_q;
    rnbc_d = 1'b0;
    addr_d = addr_q;
    req_off_d = req_off_q;

    // The descriptors are gone: the frame starts again from its first byte when new ones come.
    if (restart_i) begin
      taken_d = '0;
      off_d = '0;
      if (state_q == RxdReq) state_d = RxdStale;
    end
    if (sent_i) state_d = RxdIdle;
    if (finish) begin
      done_d = 1'b1;
      eop_d = last;
      wb_d = finish_wb;
      taken_d = taken_q + 8'd1;
      off_d = last ? '0 : end_off[14:0];
      if (last) begin
        p_d = 1'b1;
        p_len_d = frame_len_i;
        granules_d = frame_granules_i;
        frames_d = frames_q + 12'd1;
        starved_d = 1'b0;
      end
    end

    idle = (state_d == RxdIdle) && !restart_i && en_i;
    pending = (frames_i != frames_d);
    desc = finish ? desc_next_i : desc_i;
    start = last ? next_start_i : frame_start_i;
    left = (last ? next_len_i : frame_len_i) - off_d;
    // BSEX: 16 times as much; its code 0 is reserved and taken for 2048
    size = (bsex_i && bsize_i != '0) ? 15'(16'd32768 >> bsize_i) : 15'(16'd2048 >> bsize_i);
    at = 17'(start) + 17'(off_d);
    if (idle && pending) begin
      if (filled_i == taken_d) begin
        rnbc_d = ring_empty_i && !starved_d;
        starved_d = starved_d || ring_empty_i;
      end else if (desc == '0) begin // null descriptor: DD only, and one a tick
        if (!finish) begin
          done_d = 1'b1;
          eop_d = 1'b0;
          wb_d = '0;
          wb_d[StatAt+:8] = StaDd;
          taken_d = taken_q + 8'd1;
        end
      end else begin
        state_d = RxdReq;
        chunk_d = (left < size) ? left : size;
        addr_d = desc;
        req_off_d = 16'((at >= mem_bytes_i) ? at - mem_bytes_i : at);
      end
    end

    if (reset_i) begin
      state_d = RxdIdle;
      taken_d = '0;
      frames_d = '0;
      off_d = '0;
      chunk_d = '0;
      starved_d = 1'b0;
      done_d = 1'b0;
      p_d = 1'b0;
      rnbc_d = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= RxdIdle;
      taken_q <= '0;
      frames_q <= '0;
      off_q <= '0;
      chunk_q <= '0;
      starved_q <= 1'b0;
      done_q <= 1'b0;
      eop_q <= 1'b0;
      wb_q <= '0;
      p_q <= 1'b0;
      p_len_q <= '0;
      granules_q <= '0;
      rnbc_q <= 1'b0;
      addr_q <= '0;
      req_off_q <= '0;
    end else begin
      state_q <= state_d;
      taken_q <= taken_d;
      frames_q <= frames_d;
      off_q <= off_d;
      chunk_q <= chunk_d;
      starved_q <= starved_d;
      done_q <= done_d;
      eop_q <= eop_d;
      wb_q <= wb_d;
      p_q <= p_d;
      p_len_q <= p_len_d;
      granules_q <= granules_d;
      rnbc_q <= rnbc_d;
      addr_q <= addr_d;
      req_off_q <= req_off_d;
    end
  end

  /////////////
  // Outputs //
  /////////////

  assign frames_o = frames_q;
  assign granules_o = granules_q;
  assign taken_o = taken_q;
  assign done_o = done_q;
  assign done_eop_o = eop_q;
  assign done_wb_o = wb_q;
  assign p_o = p_q;
  assign p_len_o = p_len_q;
  assign rnbc_o = rnbc_q;
  assign req_valid_o = (state_q != RxdIdle);
  assign req_addr_o = addr_q;
  assign req_len_o = chunk_q;
  assign req_off_o = req_off_q;

endmodule
