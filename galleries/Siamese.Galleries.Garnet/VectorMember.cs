using System.Text;

namespace Siamese.Galleries.Garnet;

/// <summary>The name of a vector in a vector set: a version, new with each write, and the item's id.</summary>
/// <remarks>A version says when it was made (a GUID of version 7), so that it can be seen how long a vector has been left over.</remarks>
internal static class VectorMember
{
    public const int VersionBytes = 16;

    public static byte[] Of(Guid version, string id)
    {
        byte[] member = new byte[VersionBytes + Encoding.UTF8.GetByteCount(id)];
        version.TryWriteBytes(member, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(id, member.AsSpan(VersionBytes));
        return member;
    }

    public static (Guid Version, string Id) Parse(ReadOnlySpan<byte> member) => member.Length > VersionBytes
        ? (new Guid(member[..VersionBytes], bigEndian: true), Encoding.UTF8.GetString(member[VersionBytes..]))
        : throw new InvalidDataException("A vector set of the gallery holds a vector that is none of its items: another program wrote it.");

    /// <summary>Gives when a version was made, to the millisecond, by the clock of the machine that wrote it.</summary>
    public static DateTimeOffset MadeAt(Guid version)
    {
        Span<byte> bytes = stackalloc byte[VersionBytes];
        version.TryWriteBytes(bytes, bigEndian: true, out _);
        long milliseconds = 0;
        foreach (byte part in bytes[..6])
        {
            milliseconds = (milliseconds << 8) | part;
        }

        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }
}
