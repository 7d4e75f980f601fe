// SPDX-License-Identifier: Apache-2.0
// The header of a packet that is segmented: kept as the host gave it, and read with the edits of
// the present segment. Twin of offload_tso_header() in model/offload.c.
//
// Cycle contract: a word written in cycle c is there in c+1; word raddr_i of the edited header is
// on word_o in the same cycle, bytes behind its end as 0. step_i in c: the edits are those of the
// next segment from c+1 on.
// Known differences: none. The C multiplies by the number of the segment; here identification and
// sequence number go on from segment to segment.
module tx_header (
  input  logic        clk_i,
  input  logic        rst_ni,
  // context
  input  logic [7:0]  hdrlen_i,
  input  logic [7:0]  ipcss_i,
  input  logic [7:0]  tucss_i,
  input  logic        ip_i,      // IPv4; else IPv6
  input  logic        tcp_i,     // TCP; else UDP
  input  logic [15:0] mss_i,
  // segment
  input  logic [15:0] seg_len_i, // payload bytes
  input  logic        last_i,    // the last one
  input  logic        step_i,
  // header from the host; mask: bytes that are new
  input  logic        we_i,
  input  logic [4:0]  waddr_i,
  input  logic [63:0] wdata_i,
  input  logic [7:0]  wmask_i,
  // header of the segment
  input  logic [4:0]  raddr_i,
  output logic [63:0] word_o
);

  localparam logic [15:0] Ipv6Header = 16'(nic_pkg::Ipv6Len); // does not count in its length field
  localparam logic [7:0]  FinPsh = 8'(nic_pkg::TcpFin | nic_pkg::TcpPsh);

  logic [63:0] mem [32];
  logic [63:0] word;

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
  end
  assign word = mem[raddr_i];

  // Where byte `lane` of word `w` lies, seen from `css`: a 9-bit difference, so that bytes before
  // it are none of those that are looked for.
  function automatic logic [8:0] behind(logic [4:0] w, logic [2:0] lane, logic [7:0] css);
    behind = {1'b0, w, lane} - {1'b0, css};
  endfunction

  /////////////////////////////////////////////////////
  // Identification and sequence number, as they are //
  /////////////////////////////////////////////////////

  logic [15:0] id_d, id_q;
  logic [31:0] seq_d, seq_q;

  always_comb begin
    id_d = id_q;
    seq_d = seq_q;
    if (step_i) begin
      id_d = id_q + 16'd1;
      seq_d = seq_q + 32'(mss_i);
    end
    for (int unsigned i = 0; i < 8; i++) begin
      if (we_i && wmask_i[i]) begin
        unique case (behind(waddr_i, 3'(i), ipcss_i))
          9'd4:    id_d[15:8] = wdata_i[8*i+:8];
          9'd5:    id_d[7:0] = wdata_i[8*i+:8];
          default: ;
        endcase
        unique case (behind(waddr_i, 3'(i), tucss_i))
          9'd4:    seq_d[31:24] = wdata_i[8*i+:8];
          9'd5:    seq_d[23:16] = wdata_i[8*i+:8];
          9'd6:    seq_d[15:8] = wdata_i[8*i+:8];
          9'd7:    seq_d[7:0] = wdata_i[8*i+:8];
          default: ;
        endcase
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      id_q <= '0;
      seq_q <= '0;
    end else begin
      id_q <= id_d;
      seq_q <= seq_d;
    end
  end

  ///////////
  // Edits //
  ///////////

  // Fields that do not lie in the header whole are left alone.
  function automatic logic is_in(logic [7:0] css, logic [8:0] to, logic [7:0] len);
    is_in = 9'(css) + to <= 9'(len);
  endfunction

  logic        ip_len_in, ip_id_in, ip6_len_in, udp_len_in, seq_in, flags_in;
  logic [15:0] total, ip_len, ip6_len, udp_len;
  logic [7:0]  b;

  assign ip_len_in = ip_i && is_in(ipcss_i, 9'd4, hdrlen_i);
  assign ip_id_in = ip_i && is_in(ipcss_i, 9'd6, hdrlen_i);
  assign ip6_len_in = !ip_i && is_in(ipcss_i, 9'd6, hdrlen_i);
  assign udp_len_in = !tcp_i && is_in(tucss_i, 9'd6, hdrlen_i);
  assign seq_in = tcp_i && is_in(tucss_i, 9'd8, hdrlen_i);
  assign flags_in = tcp_i && !last_i && is_in(tucss_i, 9'd14, hdrlen_i);
  assign total = 16'(hdrlen_i) + seg_len_i;
  assign ip_len = total - 16'(ipcss_i);
  assign ip6_len = ip_len - Ipv6Header;
  assign udp_len = total - 16'(tucss_i);

  always_comb begin
    b = '0;
    for (int unsigned i = 0; i < 8; i++) begin
      b = word[8*i+:8];
      unique case (behind(raddr_i, 3'(i), ipcss_i))
        9'd2:    if (ip_len_in) b = ip_len[15:8];
        9'd3:    if (ip_len_in) b = ip_len[7:0];
        9'd4: begin
          if (ip_id_in) b = id_q[15:8];
          if (ip6_len_in) b = ip6_len[15:8];
        end
        9'd5: begin
          if (ip_id_in) b = id_q[7:0];
          if (ip6_len_in) b = ip6_len[7:0];
        end
        default: ;
      endcase
      unique case (behind(raddr_i, 3'(i), tucss_i))
        9'd4: begin
          if (udp_len_in) b = udp_len[15:8];
          if (seq_in) b = seq_q[31:24];
        end
        9'd5: begin
          if (udp_len_in) b = udp_len[7:0];
          if (seq_in) b = seq_q[23:16];
        end
        9'd6:    if (seq_in) b = seq_q[15:8];
        9'd7:    if (seq_in) b = seq_q[7:0];
        9'd13:   if (flags_in) b = b & ~FinPsh;
        default: ;
      endcase
      if ({raddr_i, 3'(i)} >= hdrlen_i) b = '0;
      word_o[8*i+:8] = b;
    end
  end

endmodule
