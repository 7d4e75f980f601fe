# SPDX-License-Identifier: Apache-2.0
# What tests/formal/run.sh does; it defines the words and reads this file.
#
#   prove PROPERTY TOP RTL WHAT                 the assertions of tests/formal/TOP.sv whose names begin with PROPERTY
#                                               (`own`: those of the RTL itself); WHAT goes to docs/formal.md
#   reach ASSERTION TOP RTL                     must be found false: the situation exists
#   mutant ASSERTION TOP RTL FILE SED WORDS     must be found false with SED applied to rtl/FILE.sv

# ---- proofs --------------------------------------------------------------------------------------

prove P1 throttle_formal throttle \
    "Two rises of the interrupt are at least ITR·ItrUnitCyc cycles apart, ITR as visible in the tick of the first, unless \
behind it ITR was written 0 or CTRL.RST came"
prove P2 throttle_formal throttle \
    "The first tick with an unmasked cause visible, \`int\` low and the gate open asserts"
prove P2 interrupt_formal 'irq throttle' \
    "A cause pulsed or unmasked in \`c\` and left alone: line up in \`c + 2\` with the gate open, else by \
\`c + max(2, ITR·ItrUnitCyc)\`"
prove P3 irq_formal irq \
    "A cause pulsed or set by ICS stays in ICR until a read has returned it, a write has named it, or CTRL.RST. Nothing else \
is in ICR"
prove P4 interrupt_formal 'irq throttle' \
    "Line up in \`c + 1\` only with an unmasked cause in \`c\`, and up as long as there is one. Low 2 cycles behind IMC of all \
bits or an ICR read without a new cause, 1 behind CTRL.RST. Whatever happens to ITR"
prove P4 throttle_formal throttle \
    "A message is requested exactly by a rise with MSI on, and waits until it is sent"
prove P5 timers_formal timers \
    "Packet and absolute timer expire exactly D·TimerUnitCyc ticks behind their load, in no other tick, and are heard; later \
packets do not load the absolute one; expiry and P in a tick: fires, then starts. With RDTR ≠ 0 a P is flushed or a timer \
runs for it; with RADV ≠ 0 at the first P that waits, none waits longer than that"
prove P6 timers_formal timers \
    "The same for W, TIDV and TADV"
prove P7 timers_formal timers \
    "The master expires exactly MTDLY·TimerUnitCyc ticks behind its load; it folds what ran before the tick. A flush has no \
reason but expiry, FPD, small packet, full count, no delay, fold"
prove P8 timers_formal timers \
    "The RXFRAMES-th (TXFRAMES-th) event since the last flush fires in its tick, no other does. SRPD exactly for small packets"
prove own interrupt_formal 'irq throttle' "Assertions inside the RTL"
prove P9 mailbox_formal vf_mailbox \
    "PFU and VFU are never both 1. Each side takes a free buffer only, and gets it; a write without its bit gives it back"
prove P10 mailbox_formal vf_mailbox \
    "An access of VF n, any of its window, changes no bit of another VF and none that all share, raises no event of a VF, \
and writes memory of VF n only"
prove P11 mailbox_formal vf_mailbox \
    "VFREQ, VFACK and VFLRE stay until the PF has named them (or RVFU, PF reset, the VF goes), and nothing else is in them; \
VMMB is pulsed for each reset of a VF and each enabled REQ or ACK, and else never"
prove P12 msix_formal msix \
    "A vector that is sent is pending at the function that owns it until the end of a request made in the same life of the \
function; nothing else is pending. A request is made as soon as one is possible, is the first of these, and stands"
prove own timers_formal timers "Assertions inside the RTL"
prove own mailbox_formal vf_mailbox "Assertions inside the RTL"
prove own msix_formal msix "Assertions inside the RTL"

prove P13 eitr_gate_formal eitr_gate \
    "82576: the gate of a vector is open again exactly INTERVAL·EitrUnitCyc ticks behind a sending, 8·COUNTER·EitrUnitCyc behind a \
write of it. Nothing is sent through a closed gate but urgently, with LLI_EN only as often as there are credits"
prove P14 irq_82576_formal irq_82576 \
    "82576: an event of a vector, from any source, waits until it is sent, or software names it in EICR, or a reset or a change \
of MSIX_MODE; an urgent one stays urgent. Whatever else happens in its tick"
prove P15 irq_82576_formal irq_82576 \
    "82576: sent in \`c\` are exactly the vectors that have an event and EIMS and an open gate (urgent: or a credit), with CTRL.RST \
all. MSIX_MODE = 0: line up with a reason and an open gate only, and then at once; down without a reason at once; with MSI-X a cause \
that comes while it is up is told as well"
prove P16 irq_82576_formal irq_82576 \
    "82576: an access of VF n to a register of vectors changes bits of its own three only"
prove own irq_82576_formal irq_82576 "Assertions inside the RTL"

# ---- situations that exist -----------------------------------------------------------------------

reach R1Exact_A throttle_formal throttle
reach R1Zero_A throttle_formal throttle
reach R2Open_A interrupt_formal 'irq throttle'
reach R2Longest_A interrupt_formal 'irq throttle'
reach R3Read_A irq_formal irq
reach R3Write_A irq_formal irq
reach R4Closed_A interrupt_formal 'irq throttle'
reach R5Packet_A timers_formal timers
reach R5Absolute_A timers_formal timers
reach R5Both_A timers_formal timers
reach R6Tadv_A timers_formal timers
reach R7Fold_A timers_formal timers
reach R8Rx_A timers_formal timers
reach R9Race_A mailbox_formal vf_mailbox
reach R11Both_A mailbox_formal vf_mailbox
reach R12Again_A msix_formal msix
reach R12Former_A msix_formal msix

reach R13Exact_A eitr_gate_formal eitr_gate
reach R13Low_A eitr_gate_formal eitr_gate
reach R14Again_A irq_82576_formal irq_82576
reach R14Masked_A irq_82576_formal irq_82576

# ---- planted bugs --------------------------------------------------------------------------------

mutant P1Gap_A throttle_formal throttle throttle \
    "s/open_q <= OpenW'(1)/open_q <= OpenW'(2)/" \
    "the gate opens a tick early"
mutant P1Gap_A throttle_formal throttle throttle \
    "/assign itr_zero/,/;/s/csr_wdata_i\[15:0\] == '0/1'b1/" \
    "any write of ITR opens the gate"
mutant P2Now_A throttle_formal throttle throttle \
    "s/open_q <= OpenW'(1)/open_q == '0/" \
    "the gate opens a tick late"
mutant P2Closed_A interrupt_formal 'irq throttle' throttle \
    "s/32'(itr_i) \* nic_pkg::ItrUnitCyc/32'(itr_i) * nic_pkg::ItrUnitCyc + 2/" \
    "the gate is closed two ticks too long"
mutant P2Open_A interrupt_formal 'irq throttle' irq \
    "s/|(icr_q & ims_q)/|(icr_q[CauseW-2:0] \& ims_q[CauseW-2:0])/" \
    "the highest cause does not reach the throttle"
mutant P3Kept_A irq_formal irq irq \
    "s/(icr_q & ~clear) | set/(icr_q | set) \& ~clear/" \
    "the clear wins over the set"
mutant P3Kept_A irq_formal irq irq \
    "s/set   = set_i | w/set   = w/" \
    "ICS hides the pulses of its cycle"
mutant P3None_A irq_formal irq irq \
    "s/clear = '1;.*/clear = ims_q;/" \
    "a read clears unmasked causes only"
mutant P4Off_A interrupt_formal 'irq throttle' throttle \
    "s/if (!pend_i) begin/if (!pend_i \&\& gate) begin/" \
    "deassertion is throttled: the line sticks until the gate opens"
mutant P4Cause_A interrupt_formal 'irq throttle' irq \
    "s/|(icr_q & ims_q)/|icr_q/" \
    "masked causes raise the line"
mutant P4Msi_A throttle_formal throttle throttle \
    "s/msi_d  = msi_en_i;/msi_d  = msi_en_i \&\& !msi_done_i;/" \
    "a message is lost when the one before is done in its tick"
mutant P5Packet_A timers_formal timers timers \
    "s/pt_d   = load(rdtr_i);/pt_d   = load(rdtr_i) + CntW'(1);/" \
    "the packet timer expires a tick late"
mutant P5Absolute_A timers_formal timers timers \
    "s/ && !at_ran) at_d/) at_d/" \
    "every packet loads the absolute timer again"
mutant P5Late_A timers_formal timers timers \
    "s/ && !at_ran) at_d/) at_d/" \
    "the same: a packet waits longer than RADV"
mutant P5Heard_A timers_formal timers timers \
    "s/rx_flush_d = pt_exp || at_exp || flush_now;/rx_flush_d = (pt_exp \&\& !p_i) || at_exp || flush_now;/" \
    "P hides the expiry of its tick"
mutant P5Both_A timers_formal timers timers \
    "s/if (rdtr_i != '0) begin/if (rdtr_i != '0 \&\& !pt_exp) begin/" \
    "P in the tick of an expiry starts nothing"
mutant P5Waits_A timers_formal timers timers \
    "s/if (rdtr_i != '0) begin/if (rdtr_i != '0 \&\& !restart_rx_i) begin/" \
    "P in the tick of a ring restart starts nothing and waits for ever"
mutant P5Still_A timers_formal timers timers \
    "s/rx_ran    = (pt_run || at_run)/rx_ran    = (pt_run || at_run) \&\& !(write_0 \&\& csr_id_i == 16'(nic_pkg::E1000_R_TIDV))/" \
    "TIDV written 0 stops the receive timers"
mutant P6Tidv_A timers_formal timers timers \
    "s/tidv_q == CntW'(1)/tidv_q == CntW'(2)/" \
    "TIDV expires a tick early"
mutant P6Tadv_A timers_formal timers timers \
    "s/ && !tadv_ran) tadv_d/) tadv_d/" \
    "every descriptor loads TADV again"
mutant P6Waits_A timers_formal timers timers \
    "s/if (tidv_i != '0) begin/if (tidv_i != '0 \&\& !mt_exp) begin/" \
    "W in the tick of the master's expiry starts nothing"
mutant P7Master_A timers_formal timers timers \
    "s/ && !mt_on) mt_d = load/) mt_d = load/" \
    "every tick with a running timer loads the master again"
mutant P7OnlyRx_A timers_formal timers timers \
    "s/rx_ran && rx_run/rx_run/" \
    "the master folds what starts in its tick"
mutant P7FoldTx_A timers_formal timers timers \
    "s/FOLD_TX_LSB\] && tx_ran/FOLD_RX_LSB] \&\& tx_ran/" \
    "the fold bit of the other direction is used"
mutant P8Rx_A timers_formal timers timers \
    "s/rxf_d + 16'd1 >= rxframes_i/rxf_d + 16'd1 > rxframes_i/" \
    "one frame too many is counted"
mutant P8Tx_A timers_formal timers timers \
    "s/if (tx_flush_d || (write_0/if ((write_0/" \
    "an expiry does not clear the count of TXFRAMES"
mutant P8Small_A timers_formal timers timers \
    "s/p_len_i <= LenW/p_len_i < LenW/" \
    "a packet of RSRPD bytes is not small"
mutant P9Owner_A mailbox_formal vf_mailbox vf_mailbox \
    "s/pfu_d |= vf & ~vfu_d;/pfu_d |= vf;/" \
    "the PF takes the VF's buffer"
mutant P9PfGets_A mailbox_formal vf_mailbox vf_mailbox \
    "s/pfu_d |= vf & ~vfu_d;/pfu_d |= vf \& ~vfu_q;/" \
    "RVFU frees the buffer too late for PFU of the same write"
mutant P9VfGets_A mailbox_formal vf_mailbox vf_mailbox \
    "s/vfu_d = vfu_q & ~vf;/vfu_d = vfu_q;/" \
    "a write of the VF without VFU does not give the buffer back"
mutant P10State_A mailbox_formal vf_mailbox vf_mailbox \
    "s/assign n  = csr_index_i\[VfW-1:0\]/assign n  = VfW'(csr_index_i[VfW-2:0])/" \
    "VF 4 has the mailbox of VF 0"
mutant P10Memory_A mailbox_formal vf_mailbox vf_mailbox \
    "s/assign at = csr_index_i\[MemW-1:0\]/assign at = MemW'(csr_index_i[MemW-2:0])/" \
    "VF 4 writes the memory of VF 0"
mutant P10All_A mailbox_formal vf_mailbox vf_mailbox \
    "s/rstd_d  = rstd_q & ~vf;/rsti_d  = rsti_q \& ~vf;/" \
    "a read of the VF clears RSTI"
mutant P11Bits_A mailbox_formal vf_mailbox vf_mailbox \
    "s/vflre_d  = (vflre_d | reset) & old;/vflre_d  = (vflre_q | reset) \& old \& (vflre_d | ~vflre_q);/" \
    "a clear of VFLRE takes the reset of its tick with it"
mutant P11Bits_A mailbox_formal vf_mailbox vf_mailbox \
    "s/vfack_d = vfack_q & ~w\[FackLsb +: Vfs\];/vfack_d = vfack_q \& ~w[FreqLsb +: Vfs];/" \
    "the clear of VFREQ clears VFACK"
mutant P11Told_A mailbox_formal vf_mailbox vf_mailbox \
    "s/to_pf   = |(imr_q & there_i & vf);/to_pf   = |(imr_q \& there_i \& vf \& ~vfreq_q);/" \
    "no event while VFREQ is 1"
mutant P12Kept_A msix_formal msix msix \
    "s/((pend_q & ~ended) | set) & ~cleared/((pend_q | set) \& ~ended) \& ~cleared/" \
    "a sending in the tick of done is lost"
mutant P12Kept_A msix_formal msix msix \
    "s/done_i && !cleared\[entry_q\]/done_i/" \
    "done of a former life pays the debt of the next"
mutant P12None_A msix_formal msix msix \
    "s/~msix_en_i | ~there |/~msix_en_i |/" \
    "a VF's message outlives the VF"
mutant P12Kept_A msix_formal msix msix \
    "s/if (of_vf\[Vf0+v\]) set/if (of_vf[Vf0+v] \&\& v != 1) set/" \
    "the last vector is the PF's for ever"
mutant P12First_A msix_formal msix msix \
    "s/may_request_i & ~func_reset_i/may_request_i/" \
    "a function that is being reset makes a request"
mutant P12Asks_A msix_formal msix msix \
    "s/if (!req_d && possible/if (!req_q \&\& possible/" \
    "the next request waits for a cycle without one"
mutant P13Open_A eitr_gate_formal eitr_gate eitr_gate \
    "s/EitrUnitCyc - 2)/EitrUnitCyc - 1)/" \
    "the gate opens a tick late"
mutant P13Gap_A eitr_gate_formal eitr_gate eitr_gate \
    "s/us_d  = interval_q;/us_d  = interval_q >> 1;/" \
    "half the interval"
mutant P13Open_A eitr_gate_formal eitr_gate eitr_gate \
    "s/if (!wdata_i\[CntIgnr\])/if (1'b1)/" \
    "CNT_IGNR is not looked at"
mutant P13Paid_A eitr_gate_formal eitr_gate eitr_gate \
    "s/assign credit_o = .*;/assign credit_o = 1'b1;/" \
    "an urgent event needs no credit"
mutant P13Low_A eitr_gate_formal eitr_gate eitr_gate \
    "s/if (lli_en_q \&\& us_q != '0) kept/if (lli_en_q) kept/" \
    "an open gate takes a credit too"
mutant P14Kept_A irq_82576_formal irq_82576 irq_82576 \
    "s/(ev_q & ~gone) | eicr_set\[Vectors-1:0\] | wake/(ev_q | eicr_set[Vectors-1:0] | wake) \& ~gone/" \
    "the sending wins over an event of its tick"
mutant P14Kept_A irq_82576_formal irq_82576 irq_82576 \
    "s/eicr_set\[Vectors-1:0\] | wake;/eicr_set[Vectors-1:0];/" \
    "unmasking what stands in EICR is no event"
mutant P14Kept_A irq_82576_formal irq_82576 irq_82576 \
    "s/(icr_set | ~(icr_q & ims_q))/~(icr_q \& ims_q)/" \
    "a cause that comes again before ICR is read is no event"
mutant P14Urgent_A irq_82576_formal irq_82576 irq_82576 \
    "s/lli_d = lli_q & ~gone;/lli_d = lli_q;/" \
    "hurry outlives the sending"
mutant P15Sent_A irq_82576_formal irq_82576 irq_82576 \
    "s/ev_q & eims_q\[Vectors-1:0\]/ev_q/" \
    "masked vectors are sent"
mutant P15Fall_A irq_82576_formal irq_82576 irq_82576 \
    "s/if (!pend) begin/if (!pend \&\& open_i[0]) begin/" \
    "deassertion is throttled"
mutant P15News_A irq_82576_formal irq_82576 irq_82576 \
    "s/news_q \&\& pend \&\& !rise/1'b0/" \
    "a cause behind the rise is forgotten while the gate is closed"
mutant P16Own_A irq_82576_formal irq_82576 irq_82576 \
    "s/eiac_d = (eiac_q & ~own) | (w & own/eiac_d = (w/" \
    "a VF's write of EIAC clears the bits of others"
