using System.Globalization;
using System.IO.Hashing;
using System.Text;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

/// <summary>The keys of a gallery. All of a shard hash to one slot, so that they are together on a node, and its transactions are whole.</summary>
internal sealed class GalleryShards
{
    private const int Slots = 16384;

    // Refuses a lone surrogate, which would become a question mark, and so the id of another item.
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string[] _prefixes;

    /// <param name="name">The gallery's name, without braces.</param>
    /// <param name="count">The number of shards.</param>
    public GalleryShards(string name, int count)
    {
        // Of each shard the least number whose slot lies in that shard's share of the slots: nodes that share the slots share the shards.
        _prefixes = new string[count];
        int left = count;
        for (int tag = 0; left > 0; tag++)
        {
            string text = tag.ToString(CultureInfo.InvariantCulture);
            int shard = (int)((long)SlotOf(text) * count / Slots);
            if (_prefixes[shard] is null)
            {
                _prefixes[shard] = $"{name}:{{{text}}}";
                left--;
            }
        }
    }

    public int Count => _prefixes.Length;

    public static RedisKey HeaderOf(string name) => $"{name}:header";

    /// <summary>Gives the shard of an id, the same on every machine.</summary>
    /// <exception cref="ArgumentException">The id is no valid Unicode.</exception>
    public int Of(string id) => (int)(XxHash64.HashToUInt64(_strict.GetBytes(id)) % (ulong)_prefixes.Length);

    public RedisKey Vectors(int shard) => _prefixes[shard];

    /// <summary>Gives the key that names the primary on which a shard was last found whole.</summary>
    public RedisKey Primary(int shard) => $"{_prefixes[shard]}:primary";

    /// <summary>Gives the key that is there while a shard is not to be repaired: somebody does, or its primary has to settle.</summary>
    public RedisKey Repair(int shard) => $"{_prefixes[shard]}:repair";

    public RedisKey Ids(int shard) => $"{_prefixes[shard]}:ids";

    public RedisKey Item(int shard, string id) => $"{_prefixes[shard]}:item:{id}";

    /// <summary>Gives the slot of a cluster that a hash tag belongs to: CRC-16/XMODEM modulo 16,384.</summary>
    internal static int SlotOf(string tag)
    {
        int crc = 0;
        foreach (char character in tag)
        {
            crc ^= character << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ 0x1021;
            }
        }

        return (crc & 0xFFFF) % Slots;
    }
}
