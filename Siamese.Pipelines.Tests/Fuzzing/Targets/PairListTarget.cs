using Siamese.Pipelines.Verification;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Reads lists of pairs in LFW's form.</summary>
internal sealed class PairListTarget : FuzzTarget
{
    public override string Name => "pair-lists";

    public override int UsualCount => 4000;

    public override void Read(byte[] input, string folder)
    {
        string path = Path.Combine(folder, "pairs.txt");
        File.WriteAllBytes(path, input);
        LfwPairs.Read(path);
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        yield return [.. "2\t2\nAda\t1\t2\nBen\t1\t3\nAda\t1\tBen\t2\nAda\t3\tCleo\t1\nAda\t1\t4\nBen\t1\t2\nAda\t1\tBen\t1\nBen\t3\tCleo\t1\n"u8];
        yield return [.. "1\nAda\t1\t2\nAda\t1\tBen\t2\n"u8];
    }
}
