// SPDX-License-Identifier: Apache-2.0
// NVM words and semaphores.
#include "driver/igb_hw.h"

#define EERD_TRIES     100000u
#define EERD_US        5u
#define SEM_US         50u
#define RESOURCE_TRIES 200u
#define RESOURCE_MS    5u
#define CHECKED_WORDS  0x40u

#define SMBI    FMASK(IGB_SWSM_SMBI)
#define SWESMBI FMASK(IGB_SWSM_SWESMBI)

int igb_wait(const igb_hw_t *hw, uint32_t off, uint32_t mask, uint32_t want, unsigned tries,
             uint32_t us, uint32_t *last)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < tries; i++) {
        if (i) os_udelay(hw->d, us);
        v = rd32(hw, off);
        if ((v & mask) == want) break;
    }
    if (last) *last = v;
    return (v & mask) == want ? 0 : -ETIMEDOUT;
}

int igb_nvm_read(const igb_hw_t *hw, unsigned word, uint16_t *value)
{
    uint32_t last;

    if (word >= hw->nvm_words) return -EINVAL;
    wr32(hw, IGB_EERD, FPUT(IGB_EERD_ADDR, word) | FMASK(IGB_EERD_START));
    int err = igb_wait(hw, IGB_EERD, FMASK(IGB_EERD_DONE), FMASK(IGB_EERD_DONE), EERD_TRIES,
                       EERD_US, &last);
    if (!err) *value = (uint16_t)FGET(IGB_EERD_DATA, last);
    return err;
}

int igb_nvm_check(const igb_hw_t *hw)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < CHECKED_WORDS; i++) {
        uint16_t w;
        int err = igb_nvm_read(hw, i, &w);
        if (err) return err;
        sum += w;
    }
    if ((sum & 0xFFFF) == NIC_EepromSum) return 0;
    os_log(hw->d, "The NVM Checksum Is Not Valid: words add up to %04X, not %04X", sum & 0xFFFF,
           NIC_EepromSum);
    return -EIO;
}

static void put_semaphore(const igb_hw_t *hw)
{
    rmw32(hw, IGB_SWSM, SMBI | SWESMBI, 0);
}

// First among drivers (the read that finds 0 takes it), then against firmware.
static int get_semaphore(const igb_hw_t *hw)
{
    const unsigned tries = hw->nvm_words + 1;

    if (igb_wait(hw, IGB_SWSM, SMBI, 0, tries, SEM_US, NULL)) {
        os_log(hw->d, "the semaphore is not given back");
        return -EBUSY;
    }
    for (unsigned i = 0; i < tries; i++) {
        if (i) os_udelay(hw->d, SEM_US);
        rmw32(hw, IGB_SWSM, 0, SWESMBI);
        if (rd32(hw, IGB_SWSM) & SWESMBI) return 0;
    }
    put_semaphore(hw);
    os_log(hw->d, "firmware does not give its semaphore");
    return -EBUSY;
}

int igb_acquire(const igb_hw_t *hw, uint32_t resource)
{
    const uint32_t either = resource | resource << IGB_SW_FW_SYNC_FW_LSB;

    for (unsigned i = 0; i < RESOURCE_TRIES; i++) {
        if (get_semaphore(hw)) return -EBUSY;
        const uint32_t held = rd32(hw, IGB_SW_FW_SYNC);
        if (!(held & either)) {
            wr32(hw, IGB_SW_FW_SYNC, held | resource);
            put_semaphore(hw);
            return 0;
        }
        put_semaphore(hw);
        os_udelay(hw->d, 1000 * RESOURCE_MS);
    }
    os_log(hw->d, "resource %X is held by another", resource);
    return -EBUSY;
}

void igb_release(const igb_hw_t *hw, uint32_t resource)
{
    if (get_semaphore(hw)) return;
    rmw32(hw, IGB_SW_FW_SYNC, resource, 0);
    put_semaphore(hw);
}
