// SPDX-License-Identifier: Apache-2.0
// Checksums of a received frame, made while it comes. Twin of the receive half of model/offload.c;
// the rules of what is checked are in its header.
//
// Cycle contract: tail_i is 1 in the cycle behind the last byte, sum_i in the next one; results are
// valid from the cycle after sum_i to the next start_i.
// Bytes come as they were on the wire and wait in a line of FcsBytes: what leaves it is not FCS.
// From there they go through the parser, which finds the IP header and what is in it, and into
// three sums: packet checksum, IPv4 header, TCP or UDP. Behind the last byte two ticks finish the
// packet checksum: tail_i adds what the line still holds (a stored FCS, a frame too short for one),
// sum_i the bytes 8 .. 11. These wait until then, because they are among the last four stored ones,
// which are not stored after all, when a tag is cut out of a frame of 16 .. 19 bytes.
// Known differences: none. The C looks at the frame when it is whole.
module offload_rx (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,  // a frame begins
  input  logic        tail_i,   // its last byte came in the tick before
  input  logic        sum_i,    // the tick behind tail_i

  // the frame
  input  logic        valid_i,
  input  logic [14:0] index_i,  // bytes before this one; behind the last one, of the whole frame
  input  logic [7:0]  data_i,
  input  logic        strip_i,  // bytes 12 .. 15 are a tag that is not stored; known behind byte 15
  input  logic [31:0] sa_i,     // bytes 8 .. 11, the first in bits 7:0

  // rx_shape_t of the frame
  input  logic [10:0] rxcsum_i,
  input  logic [15:0] vet_i,
  input  logic        vme_i,
  input  logic        secrc_i,

  // rx_offload_t
  output logic [15:0] csum_o,
  output logic [7:0]  status_o,
  output logic [7:0]  errors_o,
  output logic        udp_o       // with TCPCS: it was UDP
);

  localparam int unsigned Fcs    = nic_pkg::FcsBytes;
  localparam int unsigned TagLen = nic_pkg::TagLen;

  localparam logic [15:0] EthIpv4        = 16'(nic_pkg::TypeIpv4);
  localparam logic [15:0] EthIpv6        = 16'(nic_pkg::TypeIpv6);
  localparam logic [15:0] EthTypeMin     = 16'(nic_pkg::TypeMin);
  localparam logic [7:0]  ProtoHopopts   = 8'(nic_pkg::ProtoHopopts);
  localparam logic [7:0]  ProtoTcp       = 8'(nic_pkg::ProtoTcp);
  localparam logic [7:0]  ProtoUdp       = 8'(nic_pkg::ProtoUdp);
  localparam logic [7:0]  ProtoRouting   = 8'(nic_pkg::ProtoRouting);
  localparam logic [7:0]  ProtoDstopts   = 8'(nic_pkg::ProtoDstopts);
  localparam logic [6:0]  Ipv6Len        = 7'(nic_pkg::Ipv6Len);
  localparam logic [7:0]  ExtensionUnits = 8'(nic_pkg::ExtensionMax / 8); // the longest one
  localparam logic [15:0] TcpMin         = 16'(nic_pkg::TcpLen);
  localparam logic [15:0] UdpMin         = 16'(nic_pkg::UdpLen);

  // Bits of descriptor status and errors.
  localparam int unsigned StatusIxsm  = nic_pkg::E1000_RXD_STAT_IXSM_LSB;
  localparam int unsigned StatusTcpcs = nic_pkg::E1000_RXD_STAT_TCPCS_LSB;
  localparam int unsigned StatusIpcs  = nic_pkg::E1000_RXD_STAT_IPCS_LSB;
  localparam int unsigned ErrorTcpe   = nic_pkg::E1000_RXD_ERR_TCPE_LSB;
  localparam int unsigned ErrorIpe    = nic_pkg::E1000_RXD_ERR_IPE_LSB;

  // The header that comes.
  typedef enum logic [3:0] {
    RxMac, RxType, RxTag, RxSnap, RxIpv4, RxIpv6, RxExtension, RxL4, RxNothing
  } state_e;

  state_e      state_d, state_q;
  logic [31:0] line_d, line_q;       // the last four bytes, the oldest in bits 31:24
  logic [5:0]  at_d, at_q;           // bytes of this header before this one, up to 63
  logic [7:0]  prev_d, prev_q;       // the byte before
  logic        tag_d, tag_q;         // a tag has been skipped
  logic        snap_d, snap_q;       // a SNAP header has been skipped
  logic [6:0]  hlen_d, hlen_q;       // of this IP or extension header
  logic [16:0] to_d, to_q;           // behind the last byte of the L4 packet
  logic        no_l4_d, no_l4_q;     // IPv4: a fragment, or too short
  logic        routing_d, routing_q; // this extension header is a routing header
  logic [7:0]  proto_d, proto_q;     // of what follows
  logic [15:0] l4_len_d, l4_len_q;   // right when to_q lies in the frame
  logic        udp_len_d, udp_len_q; // its length field is right
  logic        udp_sum_d, udp_sum_q; // its checksum field is not 0
  logic        ipv4_d, ipv4_q;       // there was a whole IPv4 header
  logic [15:0] ip_sum_d, ip_sum_q;
  logic [15:0] l4_sum_d, l4_sum_q;   // with addresses, protocol and length
  logic [15:0] csum_d, csum_q;

  ///////////////////////////
  // One's complement sums //
  ///////////////////////////

  // 0 only when both are.
  function automatic logic [15:0] add(input logic [15:0] a, input logic [15:0] b);
    logic [16:0] s;
    s   = 17'(a) + 17'(b);
    add = s[15:0] + 16'(s[16]);
  endfunction

  // A byte as the upper or the lower one of a word.
  function automatic logic [15:0] half(input logic upper, input logic [7:0] value);
    half = upper ? {value, 8'h00} : {8'h00, value};
  endfunction

  /////////////////////////
  // What is in the line //
  /////////////////////////

  logic        out;        // a byte leaves the line, and is stored
  logic [7:0]  out_byte;
  logic [14:0] out_wire;   // its index on the wire
  logic [14:0] out_index;  // and among the stored bytes
  logic        fcs_off;    // the last four stored bytes are not stored
  logic [14:0] data_end;   // stored bytes that are not FCS
  logic [14:0] stored_len;
  logic [7:0]  pcss;

  // Index among the stored bytes.
  function automatic logic [14:0] stored(input logic [14:0] wire_index, input logic strip);
    stored = (strip && wire_index[14:4] != '0) ? wire_index - 15'(TagLen) : wire_index;
  endfunction

  assign pcss       = rxcsum_i[nic_pkg::E1000_RXCSUM_PCSS_LSB+:nic_pkg::E1000_RXCSUM_PCSS_W];
  assign out_byte   = line_q[31:24];
  assign out_wire   = index_i - 15'(Fcs);
  assign out_index  = stored(out_wire, strip_i);
  assign out        = valid_i && index_i >= 15'(Fcs) && !(strip_i && out_wire[14:2] == 13'd3);
  assign fcs_off    = secrc_i && index_i > 15'(Fcs);
  assign data_end   = index_i - 15'(Fcs) - (strip_i ? 15'(TagLen) : '0);
  assign stored_len = fcs_off ? data_end : data_end + 15'(Fcs);
  assign line_d     = valid_i ? {line_q[23:0], data_i} : line_q;

  /////////////////////
  // Packet checksum //
  /////////////////////

  logic [14:0] last; // index on the wire of a byte of the line

  always_comb begin
    csum_d = csum_q;
    last   = '0;
    if (out && out_wire[14:2] != 13'd2 && out_index >= 15'(pcss)) begin
      csum_d = add(csum_q, half(out_index[0] == pcss[0], out_byte));
    end
    for (int unsigned n = 0; n < Fcs; n++) begin
      last = index_i - 15'd1 - 15'(n);
      if (tail_i && !fcs_off && index_i > 15'(n) && last[14:2] != 13'd2 &&
          !(strip_i && last[14:2] == 13'd3) && stored(last, strip_i) >= 15'(pcss)) begin
        csum_d = add(csum_d, half(last[0] == pcss[0], line_q[8*n+:8]));
      end
      if (sum_i && stored_len > 15'(8 + n) && 8'(8 + n) >= pcss) begin
        csum_d = add(csum_d, half(1'(n & 1) == pcss[0], sa_i[8*n+:8]));
      end
    end
    if (start_i) csum_d = '0;
  end

  ////////////
  // Parser //
  ////////////

  logic [15:0] word;   // with the byte before
  logic [15:0] term;   // this byte for a sum; every header begins at an even byte
  logic [16:0] behind; // index behind this byte
  logic        over;   // the IP or extension header ends with this byte
  logic [15:0] l4_len; // IPv6: if L4 is next

  assign word   = {prev_q, out_byte};
  assign term   = half(!out_index[0], out_byte);
  assign behind = 17'(out_index) + 17'd1;
  assign over   = 7'(at_q) + 7'd1 == hlen_q;
  assign l4_len = to_q[15:0] - behind[15:0];

  // What follows an IPv6 header; an extension header ends inside the packet.
  function automatic state_e follows(input logic [7:0] proto, input logic fits);
    follows = RxNothing;
    if (fits) begin
      case (proto)
        ProtoHopopts, ProtoRouting, ProtoDstopts: follows = RxExtension;
        ProtoTcp, ProtoUdp:                       follows = RxL4;
        default:                                  follows = RxNothing;
      endcase
    end
  endfunction

  always_comb begin
    state_d   = state_q;
    at_d      = at_q;
    prev_d    = prev_q;
    tag_d     = tag_q;
    snap_d    = snap_q;
    hlen_d    = hlen_q;
    to_d      = to_q;
    no_l4_d   = no_l4_q;
    routing_d = routing_q;
    proto_d   = proto_q;
    l4_len_d  = l4_len_q;
    udp_len_d = udp_len_q;
    udp_sum_d = udp_sum_q;
    ipv4_d    = ipv4_q;
    ip_sum_d  = ip_sum_q;
    l4_sum_d  = l4_sum_q;

    if (out) begin
      prev_d = out_byte;
      at_d   = (at_q == '1) ? at_q : at_q + 6'd1;
      case (state_q)
        RxMac: begin // addresses
          if (at_q == 6'(nic_pkg::TypeAt - 1)) begin
            state_d = RxType;
            at_d    = '0;
          end
        end

        RxType: begin
          if (at_q[0]) begin
            at_d = '0;
            if (!tag_q && !snap_q && !vme_i && word == vet_i) begin
              state_d = RxTag;
            end else if (!snap_q && word < EthTypeMin) begin
              state_d = RxSnap;
            end else if (word == EthIpv4) begin
              state_d = RxIpv4;
            end else if (word == EthIpv6 && rxcsum_i[nic_pkg::E1000_RXCSUM_IPV6OFL_LSB]) begin
              state_d = RxIpv6;
              hlen_d  = Ipv6Len;
            end else begin
              state_d = RxNothing;
            end
          end
        end

        RxTag: begin // its TCI
          tag_d = 1'b1;
          if (at_q[0]) begin
            state_d = RxType;
            at_d    = '0;
          end
        end

        RxSnap: begin
          snap_d = 1'b1;
          if (out_byte != nic_pkg::SnapHeader[8*at_q[2:0]+:8]) begin
            state_d = RxNothing;
          end else if (at_q == 6'd5) begin
            state_d = RxType;
            at_d    = '0;
          end
        end

        RxIpv4: begin
          ip_sum_d = add(ip_sum_q, term);
          if (at_q == 6'd0) begin
            hlen_d = {1'b0, out_byte[3:0], 2'b00};
            if (out_byte[7:4] != 4'd4 || out_byte[3:0] < 4'(nic_pkg::Ipv4Len / 4)) begin
              state_d = RxNothing;
            end
          end
          if (at_q == 6'd3) begin // total length
            to_d     = behind - 17'd4 + 17'(word);
            l4_len_d = word - 16'(hlen_q);
            no_l4_d  = word < 16'(hlen_q);
          end
          if (at_q == 6'd7 && word[13:0] != '0) no_l4_d = 1'b1; // MF, offset
          if (at_q == 6'd9) proto_d = out_byte;
          if (at_q >= 6'd12 && at_q < 6'd20) l4_sum_d = add(l4_sum_q, term);
          if (over) begin
            ipv4_d  = 1'b1;
            at_d    = '0;
            state_d = no_l4_q || (proto_q != ProtoTcp && proto_q != ProtoUdp) ? RxNothing : RxL4;
          end
        end

        RxIpv6: begin
          if (at_q == 6'd0 && out_byte[7:4] != 4'd6) state_d = RxNothing;
          if (at_q == 6'd5) to_d = behind - 17'd6 + 17'(Ipv6Len) + 17'(word); // payload length
          if (at_q == 6'd6) proto_d = out_byte;
          if (at_q >= 6'd8) l4_sum_d = add(l4_sum_q, term);
          if (over) begin
            state_d  = follows(proto_q, behind <= to_q);
            at_d     = '0;
            l4_len_d = l4_len;
          end
        end

        RxExtension: begin
          if (at_q == 6'd0) begin
            routing_d = proto_q == ProtoRouting;
            proto_d   = out_byte;
          end
          if (at_q == 6'd1) begin
            hlen_d = {out_byte[3:0] + 4'd1, 3'b000};
            if (out_byte >= ExtensionUnits) state_d = RxNothing;
          end
          if (at_q == 6'd3 && routing_q && out_byte != '0) state_d = RxNothing; // segments left
          if (at_q >= 6'd2 && over) begin
            state_d  = follows(proto_q, behind <= to_q);
            at_d     = '0;
            l4_len_d = l4_len;
          end
        end

        RxL4: begin
          if (at_q == 6'd5) udp_len_d = word == l4_len_q;
          if (at_q == 6'd7) udp_sum_d = word != '0;
          if (behind <= to_q) l4_sum_d = add(l4_sum_q, term);
        end

        default: ; // to the end of the frame
      endcase
    end

    if (tail_i) l4_sum_d = add(l4_sum_q, add(16'(proto_q), l4_len_q));

    if (start_i) begin
      state_d  = RxMac;
      at_d     = '0;
      tag_d    = 1'b0;
      snap_d   = 1'b0;
      ipv4_d   = 1'b0;
      ip_sum_d = '0;
      l4_sum_d = '0;
    end
  end

  /////////////
  // Outputs //
  /////////////

  logic ipcs, tcpcs;

  assign ipcs  = ipv4_q && rxcsum_i[nic_pkg::E1000_RXCSUM_IPOFLD_LSB];
  assign tcpcs = state_q == RxL4 && rxcsum_i[nic_pkg::E1000_RXCSUM_TUOFLD_LSB] &&
                 to_q <= 17'(data_end) &&
                 (proto_q == ProtoTcp ? l4_len_q >= TcpMin
                                      : l4_len_q >= UdpMin && udp_len_q && udp_sum_q);

  assign csum_o = csum_q;
  assign udp_o  = tcpcs && proto_q == ProtoUdp;

  always_comb begin
    status_o              = '0;
    status_o[StatusIxsm]  = !ipcs && !tcpcs;
    status_o[StatusTcpcs] = tcpcs;
    status_o[StatusIpcs]  = ipcs;
    errors_o              = '0;
    errors_o[ErrorTcpe]   = tcpcs && l4_sum_q != '1;
    errors_o[ErrorIpe]    = ipcs && ip_sum_q != '1;
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= RxMac;
      line_q    <= '0;
      at_q      <= '0;
      prev_q    <= '0;
      tag_q     <= 1'b0;
      snap_q    <= 1'b0;
      hlen_q    <= '0;
      to_q      <= '0;
      no_l4_q   <= 1'b0;
      routing_q <= 1'b0;
      proto_q   <= '0;
      l4_len_q  <= '0;
      udp_len_q <= 1'b0;
      udp_sum_q <= 1'b0;
      ipv4_q    <= 1'b0;
      ip_sum_q  <= '0;
      l4_sum_q  <= '0;
      csum_q    <= '0;
    end else begin
      state_q   <= state_d;
      line_q    <= line_d;
      at_q      <= at_d;
      prev_q    <= prev_d;
      tag_q     <= tag_d;
      snap_q    <= snap_d;
      hlen_q    <= hlen_d;
      to_q      <= to_d;
      no_l4_q   <= no_l4_d;
      routing_q <= routing_d;
      proto_q   <= proto_d;
      l4_len_q  <= l4_len_d;
      udp_len_q <= udp_len_d;
      udp_sum_q <= udp_sum_d;
      ipv4_q    <= ipv4_d;
      ip_sum_q  <= ip_sum_d;
      l4_sum_q  <= l4_sum_d;
      csum_q    <= csum_d;
    end
  end

endmodule
