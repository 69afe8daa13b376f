namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>Changes a field of a protocol buffer, however deep, and writes all lengths around it again.</summary>
internal static class ProtobufMutator
{
    private const int Varint = 0;
    private const int Bytes = 2;
    private const int Deepest = 12;

    private static readonly long[] Numbers = [0, 1, -1, 2, 127, 128, 255, 65_536, int.MaxValue, int.MinValue, 1L << 31, 1L << 40, long.MaxValue, long.MinValue];

    /// <summary>Removes, repeats, replaces or moves a field.</summary>
    /// <returns>The message; the input itself where it is not a protocol buffer.</returns>
    public static byte[] Mutate(byte[] message, Random random) => Mutate(message, random, 0);

    private static byte[] Mutate(byte[] message, Random random, int depth)
    {
        if (Parse(message) is not { Count: > 0 } fields)
        {
            return message;
        }

        int at = random.Next(fields.Count);
        (ulong tag, byte[] content) = fields[at];
        bool isMessage = (tag & 7) == Bytes && content.Length > 1 && Parse(content) is { Count: > 0 };
        if (isMessage && depth < Deepest && random.Next(5) > 0)
        {
            fields[at] = (tag, Mutate(content, random, depth + 1));
        }
        else
        {
            switch (random.Next(6))
            {
                case 0:
                    fields.RemoveAt(at);
                    break;
                case 1:
                    fields.InsertRange(at, Enumerable.Repeat((tag, content), random.Next(1, 20)));
                    break;
                case 2:
                    fields[at] = (tag, fields[random.Next(fields.Count)].Content);
                    break;
                case 3:
                    fields[at] = ((tag & 7) | (ulong)random.Next(1, 30) << 3, content);
                    break;
                default:
                    fields[at] = (tag, Replace(tag, content, random));
                    break;
            }
        }

        return Write(fields);
    }

    private static byte[] Replace(ulong tag, byte[] content, Random random)
    {
        if ((tag & 7) == Varint)
        {
            return WriteVarint((ulong)Numbers[random.Next(Numbers.Length)]);
        }

        byte[] changed = [.. content];
        if (changed.Length > 0 && random.Next(3) > 0)
        {
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
        }
        else if ((tag & 7) == Bytes)
        {
            changed = changed[..random.Next(changed.Length + 1)];
        }

        return changed;
    }

    private static List<(ulong Tag, byte[] Content)>? Parse(byte[] message)
    {
        var fields = new List<(ulong, byte[])>();
        for (int at = 0; at < message.Length;)
        {
            if (ReadVarint(message, ref at) is not { } tag || tag >> 3 is 0 or > 10_000)
            {
                return null;
            }

            int start = at;
            switch (tag & 7)
            {
                case Varint when ReadVarint(message, ref at) is not null:
                    break;
                case 1 when at + 8 <= message.Length:
                    at += 8;
                    break;
                case Bytes when ReadVarint(message, ref at) is { } length && length <= (ulong)(message.Length - at):
                    start = at;
                    at += (int)length;
                    break;
                case 5 when at + 4 <= message.Length:
                    at += 4;
                    break;
                default:
                    return null;
            }

            fields.Add((tag, message[start..at]));
        }

        return fields;
    }

    private static byte[] Write(List<(ulong Tag, byte[] Content)> fields)
    {
        var message = new List<byte>();
        foreach ((ulong tag, byte[] content) in fields)
        {
            message.AddRange(WriteVarint(tag));
            if ((tag & 7) == Bytes)
            {
                message.AddRange(WriteVarint((ulong)content.Length));
            }

            message.AddRange(content);
        }

        return [.. message];
    }

    private static ulong? ReadVarint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && at < message.Length; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        return null;
    }

    private static byte[] WriteVarint(ulong value)
    {
        var bytes = new List<byte>();
        while (value >= 0x80)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
