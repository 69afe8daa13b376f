using System.Buffers.Binary;

namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>Changes the bytes of a file in ways that readers stumble over.</summary>
internal static class ByteMutator
{
    private static readonly byte[] Bytes = [0, 1, 0x0A, 0x7F, 0x80, 0xFE, 0xFF];

    private static readonly uint[] Numbers =
        [0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x3FFF_FFFF, 0x4000_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    /// <summary>Applies one to four changes.</summary>
    public static byte[] Mutate(byte[] seed, byte[][] others, Random random)
    {
        byte[] input = [.. seed];
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            input = Change(input, others, random);
        }

        return input;
    }

    private static byte[] Change(byte[] input, byte[][] others, Random random)
    {
        if (input.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        int at = Place(input.Length, random);
        switch (random.Next(12))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Next(8));
                return input;
            case 1:
                input[at] = Bytes[random.Next(Bytes.Length)];
                return input;
            case 2 or 3 or 4:
                return WriteNumber(input, at, random);
            case 5:
                input[at] += (byte)random.Next(-8, 9);
                return input;
            case 6:
                return input[..at];
            case 7:
                return [.. input[..at], .. input[Math.Min(input.Length, at + Length(random))..]];
            case 8:
                byte[] filling = new byte[Length(random)];
                random.NextBytes(filling);
                return [.. input[..at], .. filling, .. input[at..]];
            case 9:
                int from = Place(input.Length, random);
                byte[] part = input[from..Math.Min(input.Length, from + Length(random))];
                return [.. input[..at], .. part, .. input[at..]];
            case 10:
                byte[] other = others[random.Next(others.Length)];
                return [.. input[..at], .. other[Math.Min(other.Length, Place(other.Length, random))..]];
            default:
                input.AsSpan(at, Math.Min(input.Length - at, Length(random))).Fill(Bytes[random.Next(Bytes.Length)]);
                return input;
        }
    }

    // Half of the changes fall on the header.
    private static int Place(int length, Random random) => random.Next(random.Next(2) == 0 ? Math.Min(length, 64) : length);

    private static int Length(Random random) => random.Next(1, 1 << random.Next(1, 10));

    private static byte[] WriteNumber(byte[] input, int at, Random random)
    {
        uint number = Numbers[random.Next(Numbers.Length)];
        Span<byte> room = input.AsSpan(at);
        switch (random.Next(4))
        {
            case 0 when room.Length >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(room, number);
                break;
            case 1 when room.Length >= 4:
                BinaryPrimitives.WriteUInt32BigEndian(room, number);
                break;
            case 2 when room.Length >= 8:
                BinaryPrimitives.WriteInt64LittleEndian(room, (int)number);
                break;
            case 3 when room.Length >= 2:
                BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)number);
                break;
            default:
                room[0] = (byte)number;
                break;
        }

        return input;
    }
}
