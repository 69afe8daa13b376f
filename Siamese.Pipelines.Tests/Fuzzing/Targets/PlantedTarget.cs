namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>A reader with a fault of each kind, to see that each is found.</summary>
internal sealed class PlantedTarget : FuzzTarget
{
    public override string Name => "planted";

    public override int UsualCount => 0;

    public override byte[] Input(int number) => [(byte)number];

    public override void Read(byte[] input, string folder)
    {
        switch (input[0])
        {
            case 2:
                throw new InvalidDataException("as documented");
            case 3:
                _ = Nothing()!.Length;
                break;
            case 5:
                Descend(input);
                break;
            case 7:
                while (input[0] == 7)
                {
                    Thread.SpinWait(1000);
                }

                break;
            case 9:
                // Native memory, of which the limit of the managed heap knows nothing.
                for (int i = 0; i < 30; i++)
                {
                    IntPtr block = System.Runtime.InteropServices.Marshal.AllocHGlobal(64 << 20);
                    for (int page = 0; page < 64 << 20; page += 4096)
                    {
                        System.Runtime.InteropServices.Marshal.WriteByte(block, page, 1);
                    }

                    Thread.Sleep(20);
                }

                break;
            case 11:
                _ = Enumerable.Range(0, 100).Select(_ => new byte[64 << 20]).ToArray();
                break;
        }
    }

    protected override IEnumerable<byte[]> MakeSeeds() => [[0]];

    private static byte[]? Nothing() => null;

    // Not a tail call, and not a loop that the compiler sees.
    private static int Descend(byte[] input) => input[0] == 0 ? 0 : 1 + Descend(input);
}
